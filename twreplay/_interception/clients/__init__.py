"""One module for each HTTP client that is intercepted."""
