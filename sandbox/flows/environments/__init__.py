"""From a workspace to environments in the Store, and out of this machine."""
