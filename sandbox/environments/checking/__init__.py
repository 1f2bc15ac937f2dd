"""Whether a finished Environment does what it is for, and what is known to help if not."""
