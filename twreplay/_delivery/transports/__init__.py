"""Ways into an application: WSGI, ASGI, and HTTP to a server that runs."""
