"""How two requests are compared, and how near a miss was. Reads no files."""

from twreplay._matching._matching import DEFAULT_MATCH_ON, UNKNOWN, Matching
from twreplay._matching._nearest import Difference, differences, nearest

__all__ = [
    "DEFAULT_MATCH_ON",
    "UNKNOWN",
    "Difference",
    "Matching",
    "differences",
    "nearest",
]
