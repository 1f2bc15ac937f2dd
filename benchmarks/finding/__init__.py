"""Measures whether `find` finds, over repositories that are served as GitHub serves them.

It never asks the real GitHub: every answer comes from this machine.
"""
