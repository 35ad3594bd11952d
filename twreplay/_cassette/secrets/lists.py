"""Lists and objects below a name: ``{"passwords": {"bob": "..."}}``, ``tokens = ['a', 'b']``."""

from __future__ import annotations

import re

from twreplay._cassette.secrets.names import (
    HIDDEN,
    LONGEST_DRAWN,
    Rating,
    Spot,
    is_secret_value,
    looks_drawn,
    rate_below,
)

# JSON in JSON in JSON in JSON has fifteen backslashes before each quote.
QUOTE = rb"(?:\\{0,15}[\"']|&(?:quot|apos|#0{0,3}3[49]|#x0{0,3}2[27]);)"

# Shorter ones are numbers of what is counted more often than of what opens something.
NUMBER = re.compile(rb"-?[0-9]{6,40}(?:\.[0-9]{1,20})?(?=[\s,}\]\\]|\Z)")

# Of braces only what has a name in it: Pwd={...} is a password in braces.
CONTAINER = re.compile(
    rb"\[|\{(?:\s|\\+[nrt]){0,100}(?:" + QUOTE + rb"|[\w.-]{1,60}\s{0,4}[:=]|[{}])"
)
_TOKEN = re.compile(
    rb"(?P<quote>"
    + QUOTE
    + rb")|(?P<mark>[\[\]{}])|(?P<stop>[<>();])|\\+[nrt]|(?P<bare>[^\s\"'<>&;,:=\[\]{}()|\\]+)"
)
_NAMES_NEXT = re.compile(rb"\s{0,20}(?:=>|:|=)")
_BACKSLASHES = re.compile(rb"\\++[\"']?|[\"']")


def find_end_of_quoted(content: bytes, quote: bytes, start: int, limit: int) -> int:
    """Return where the value that begins with *quote* ends; -1 if it does not before *limit*."""
    end = content.find(quote, start, limit)
    if end <= start or content[end - 1] != 0x5C or quote[-1:] not in (b'"', b"'"):
        return end
    # In JSON that is n times escaped a quote has 2**n - 1 backslashes, and one in a value more.
    own = len(quote) - 1 if quote[:1] == b"\\" else 0
    for found in _BACKSLASHES.finditer(content, start, limit):
        more = len(found[0]) - 1 - own
        if found[0][-1:] == quote[-1:] and more >= 0 and more % (2 * own + 2) == 0:
            return found.end() - len(quote)
    return -1


def find_below(
    content: bytes, start: int, rating: Rating, quote: bytes, *, is_prose: bool
) -> tuple[list[Spot], int]:
    """
    Find the secrets in the list or object at *start*, and up to where it goes.

    Args:
        rating: Of the name that it is below.

        quote: What stands around names; empty if nothing does.

        is_prose: Words without quotes are secrets only if they look drawn by lot.
    """
    spots: list[Spot] = []
    # Of each list or object around: whether it has names, and the ratings of what is in it.
    around: list[tuple[bool, Rating, Rating]] = []
    below = scalar = rating
    at = start
    while (token := _TOKEN.search(content, at)) is not None:
        at = token.end()
        if (mark := token["mark"]) is not None:
            if mark in b"[{":
                around.append((mark == b"{", below, scalar))
                continue
            _, below, scalar = around.pop()
            if not around:
                break
        elif token["stop"] is not None:
            break
        elif (own := token["quote"] or b"") or token["bare"] is not None:
            first = at if own else token.start()
            end = find_end_of_quoted(content, own, at, len(content)) if own else at
            if end < 0:
                break
            at = end + len(own)
            value = content[first:end]
            if around[-1][0] and _NAMES_NEXT.match(content, at):
                below, scalar = rate_below(around[-1][1], value.decode("latin-1"))
            elif not own and (number := NUMBER.match(content, first)) is not None:
                if scalar is Rating.CERTAIN and quote:
                    spots.append(Spot("", "", *number.span(), quote + HIDDEN + quote))
            elif _is_secret(value, scalar, is_prose=not own and (is_prose or around[-1][0])):
                spots.append(Spot("", "", first, end))
    return spots, at


def _is_secret(value: bytes, rating: Rating, *, is_prose: bool) -> bool:
    if rating not in (Rating.CERTAIN, Rating.LIKELY):
        return False
    text = value.decode("utf-8", "replace")
    return is_secret_value(rating, text) and not (
        is_prose and not looks_drawn(text[: LONGEST_DRAWN + 50])
    )
