"""Programs that run in a finished Environment: standard library only, Python 3.7 and later.

Shipped as text; they run what others wrote, so nothing they say is more than a hint.
"""
