"""How two requests are compared, and how near a miss was. Reads no files."""

from twreplay._matching.matchers import DEFAULT_MATCH_ON, UNKNOWN, Matching
from twreplay._matching.nearest import Difference, differences, nearest

__all__ = [
    "DEFAULT_MATCH_ON",
    "UNKNOWN",
    "Difference",
    "Matching",
    "differences",
    "nearest",
]
