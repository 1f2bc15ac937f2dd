"""What the repository's own code says that it needs: imports, and installs inside of notebooks."""
