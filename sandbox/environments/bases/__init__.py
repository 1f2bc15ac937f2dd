"""Base images: pulled, or made here from Debian packages and local interpreters."""
