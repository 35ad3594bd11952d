"""Comparison of requests, and the nearest recording. Reads no files."""

from twreplay._matching.matchers import DEFAULT_MATCH_ON, UNKNOWN, Matching
from twreplay._matching.multipart import are_equal_but_for_boundary
from twreplay._matching.nearest import (
    FieldDifference,
    find_differences,
    find_nearest,
    weigh_differences,
)
from twreplay._matching.own import count_arguments, is_coroutine_function, is_lazy

__all__ = [
    "DEFAULT_MATCH_ON",
    "UNKNOWN",
    "FieldDifference",
    "Matching",
    "are_equal_but_for_boundary",
    "count_arguments",
    "find_differences",
    "find_nearest",
    "is_coroutine_function",
    "is_lazy",
    "weigh_differences",
]
