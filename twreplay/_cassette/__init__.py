"""What was recorded: the file, and which of its interactions answers a request."""

from twreplay._cassette._age import age_at, age_of
from twreplay._cassette._cassette import Cassette
from twreplay._cassette._codec import Recording
from twreplay._cassette._damage import printable
from twreplay._cassette._file import (
    SUFFIXES,
    alone_with,
    failed_path,
    lines_of,
    load,
    save,
    shown,
    too_old,
)
from twreplay._cassette._how_to import HowTo, in_code
from twreplay._cassette._naming import file_name
from twreplay._cassette._plain import plain
from twreplay._cassette._record_mode import RecordMode
from twreplay._cassette._redaction import Redactor

__all__ = [
    "SUFFIXES",
    "Cassette",
    "HowTo",
    "RecordMode",
    "Recording",
    "Redactor",
    "age_at",
    "age_of",
    "alone_with",
    "failed_path",
    "file_name",
    "in_code",
    "lines_of",
    "load",
    "plain",
    "printable",
    "save",
    "shown",
    "too_old",
]
