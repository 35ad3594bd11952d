"""The command line: the life of a cassette, and the API itself."""

from twreplay._cli.main import main

__all__ = ["main"]
