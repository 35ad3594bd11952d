"""The simulator as a WSGI application."""
