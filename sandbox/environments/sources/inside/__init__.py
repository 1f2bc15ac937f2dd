"""Programs that run in quarantine, in whatever Python the build environment has."""
