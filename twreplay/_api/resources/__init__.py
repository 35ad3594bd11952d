"""One file per resource: its properties, parameters, filters, methods and sources, as data."""
