"""Tries real repositories: does an environment build for each, and does what it imports import?

Goes through the command line, as a user would, and never looks into a repository by other means
than git; nothing of a repository is kept but its name, its commit and what was found.
"""
