"""Runs the studied code: Sessions in containers (docker) or on this machine (local).

Knows how isolated a run is, and nothing of what is run: never reads a repository, a notebook's
format, or a metric. The docker SDK has its one door in `engines.docker`.
"""
