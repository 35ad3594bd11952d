"""What was recorded: the file, and which of its interactions answers a request."""

from twreplay._cassette._age import age_at, age_of, in_words
from twreplay._cassette._betamax import decode_betamax, encode_betamax
from twreplay._cassette._cassette import Cassette
from twreplay._cassette._codec import Recording, decode, encode
from twreplay._cassette._damage import Flaw, TooNew, printable
from twreplay._cassette._file import (
    SUFFIXES,
    alone_with,
    changed_since,
    content_hash,
    failed_path,
    lines_of,
    load,
    not_understood,
    remove,
    save,
    shown,
    text_of,
    too_old,
)
from twreplay._cassette._har import decode_har, encode_har
from twreplay._cassette._how_to import HowTo, in_code
from twreplay._cassette._naming import file_name
from twreplay._cassette._plain import plain, stored
from twreplay._cassette._pseudonyms import (
    KINDS,
    Pseudonyms,
    fingerprint,
    in_order,
    origin_of,
    pseudonyms_of,
)
from twreplay._cassette._record_mode import RecordMode
from twreplay._cassette._redaction import Redactor
from twreplay._cassette._scan import Finding, scan, scan_text, with_lines

__all__ = [
    "KINDS",
    "SUFFIXES",
    "Cassette",
    "Finding",
    "Flaw",
    "HowTo",
    "Pseudonyms",
    "RecordMode",
    "Recording",
    "Redactor",
    "TooNew",
    "age_at",
    "age_of",
    "alone_with",
    "changed_since",
    "content_hash",
    "decode",
    "decode_betamax",
    "decode_har",
    "encode",
    "encode_betamax",
    "encode_har",
    "failed_path",
    "file_name",
    "fingerprint",
    "in_code",
    "in_order",
    "in_words",
    "lines_of",
    "load",
    "not_understood",
    "origin_of",
    "plain",
    "printable",
    "pseudonyms_of",
    "remove",
    "save",
    "scan",
    "scan_text",
    "shown",
    "stored",
    "text_of",
    "too_old",
    "with_lines",
]
