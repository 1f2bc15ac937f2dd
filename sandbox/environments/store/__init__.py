"""What lies in the Store: built Environments, made all or nothing, and kept in order."""
