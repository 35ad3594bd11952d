"""Secrets: what they look like, how they are taken out, and the last look for them."""

from twreplay._cassette.secrets.codings import find_false_coding, plain, stored
from twreplay._cassette.secrets.pseudonyms import (
    KINDS,
    Pseudonyms,
    fingerprint,
    in_order,
    origin_of,
    pseudonyms_of,
)
from twreplay._cassette.secrets.redactor import Redactor, hide_secrets
from twreplay._cassette.secrets.scanner import (
    Finding,
    scan,
    scan_raw,
    scan_recording,
    scan_text,
    scan_unread,
    with_lines,
)

__all__ = [
    "KINDS",
    "Finding",
    "Pseudonyms",
    "Redactor",
    "find_false_coding",
    "fingerprint",
    "hide_secrets",
    "in_order",
    "origin_of",
    "plain",
    "pseudonyms_of",
    "scan",
    "scan_raw",
    "scan_recording",
    "scan_text",
    "scan_unread",
    "stored",
    "with_lines",
]
