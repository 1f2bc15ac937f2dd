"""Programs that run inside, beside the Store: standard library only, Python 3.7 and later.

Shipped as text. None of them executes what they look at: a stranger's wheels lie there.
"""
