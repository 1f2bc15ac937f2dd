"""What is kept on this machine: looked at, judged, cleaned away."""
