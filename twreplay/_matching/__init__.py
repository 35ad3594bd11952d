"""Comparison of requests, and the nearest recording. Reads no files."""

from twreplay._matching.matchers import DEFAULT_MATCH_ON, UNKNOWN, Matching
from twreplay._matching.nearest import FieldDifference, find_differences, find_nearest

__all__ = [
    "DEFAULT_MATCH_ON",
    "UNKNOWN",
    "FieldDifference",
    "Matching",
    "find_differences",
    "find_nearest",
]
