"""What was recorded: the file, and which of its interactions answers a request."""

from twreplay._cassette._age import ON_EXPIRY, expired, max_age_of, recorded_on
from twreplay._cassette._cassette import Cassette
from twreplay._cassette._codec import Recording
from twreplay._cassette._damage import printable
from twreplay._cassette._file import (
    SUFFIXES,
    alone_with,
    changed_since,
    failed_path,
    fingerprint,
    load,
    remove,
    save,
    shown,
)
from twreplay._cassette._how_to import HowTo, in_code
from twreplay._cassette._naming import file_name
from twreplay._cassette._plain import plain
from twreplay._cassette._record_mode import RecordMode
from twreplay._cassette._redaction import Redactor

__all__ = [
    "ON_EXPIRY",
    "SUFFIXES",
    "Cassette",
    "HowTo",
    "RecordMode",
    "Recording",
    "Redactor",
    "alone_with",
    "changed_since",
    "expired",
    "failed_path",
    "file_name",
    "fingerprint",
    "in_code",
    "load",
    "max_age_of",
    "plain",
    "printable",
    "recorded_on",
    "remove",
    "save",
    "shown",
]
