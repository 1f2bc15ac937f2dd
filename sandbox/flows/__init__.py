"""The stories end to end (open, build, run, sweep, compare); they join rooms, and do no more."""
