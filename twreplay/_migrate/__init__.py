"""Suites of vcrpy, pytest-recording and responses, rewritten for twreplay. Needs libcst."""

from twreplay._migrate.migration import migrate
from twreplay._migrate.notes import CHECK, LEFT, STAYS, FileChange, Migration, Note
from twreplay._migrate.project import LIBRARIES, Options

__all__ = [
    "CHECK",
    "LEFT",
    "LIBRARIES",
    "STAYS",
    "FileChange",
    "Migration",
    "Note",
    "Options",
    "migrate",
]
