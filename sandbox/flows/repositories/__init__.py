"""From words or a target to a workspace, and to a fork of one's own."""
