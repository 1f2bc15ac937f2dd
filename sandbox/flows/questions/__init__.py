"""From a request to a question that is held against the code, and to its variants."""
