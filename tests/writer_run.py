"""
A long run of the quick writer against PyYAML: values at random, byte for byte.

    python tests/writer_run.py [values, default 1000000] [seed, default 0]

A part of it, by hypothesis, is in ``cassette/test_quick_writing.py``.
"""

from __future__ import annotations

import random
import sys
from itertools import zip_longest
from unittest import mock

from twreplay import Interaction, Request, Response
from twreplay._cassette import Recording
from twreplay._cassette.files import codec

PIECES = [
    *"aZ019.-_ \n:#'\"|>&*!%@`{}[],?\\\t/<=~+()^$;\r\x00\x7f\x85\xa0\u2028\ufeff\ue000é字",
    *"\xad\u1fff",
    *("\U0001f600", "null", "yes", "On", "12:30", "1e3", "0x1f", "2026-11-23", "<<", "...", "---"),
    *("- ", ": ", " #", "\n\n", "x" * 50, "word " * 20, "\ud7ff", "\u3000", "\uffff"),
]
LENGTHS = [0, 1, 1, 2, 3, 5, 8, 20, 60]
TOGETHER = 25
URL = "https://api.twilio.com/2008-08-01/Accounts"


def main() -> int:
    """Print how many values were compared; 1 if any differs."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    compared = 0
    while compared < wanted:
        interactions = tuple(draw_interaction(chance) for _ in range(TOGETHER))
        for content in (interactions, *((each,) for each in interactions[:2])):
            recording = Recording(interactions=content, host=draw_text(chance))
            quickly = codec.encode(recording)
            with mock.patch.object(codec, "_encode_fast", return_value=None):
                slowly = codec.encode(recording)
            if quickly != slowly:
                show_difference(quickly, slowly)
                return 1
        compared += 5 * TOGETHER
    print(f"{compared:,} values written alike")
    return 0


def show_difference(quickly: str, slowly: str) -> None:
    """Print the first lines that differ."""
    pairs = zip_longest(quickly.split("\n"), slowly.split("\n"))
    print(next(f"{mine!r}\ndiffers from\n{theirs!r}" for mine, theirs in pairs if mine != theirs))


def draw_interaction(chance: random.Random) -> Interaction:
    """Draw two bodies, two header values, a reason phrase, and the test that recorded it."""
    bodies = [draw_body(chance) for _ in range(2)]
    names = ("X-A", "b")
    fields = [{name: draw_text(chance) for name in names[:1]} for _ in range(2)]
    return Interaction(
        Request(chance.choice(("GET", "POST")), URL, fields[0], bodies[0]),
        Response(chance.randrange(100, 1000), fields[1], bodies[1], draw_text(chance)),
        recorded_by=draw_text(chance) if chance.random() < 0.3 else "",
    )


def draw_body(chance: random.Random) -> bytes:
    """Draw a body: text, or now and then any bytes."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.choice(LENGTHS))
    return draw_text(chance).encode()


def draw_text(chance: random.Random) -> str:
    """Draw a text of pieces on which emitters differ, and a letter of any alphabet."""
    pieces = [chance.choice(PIECES) for _ in range(chance.choice(LENGTHS))]
    if chance.random() < 0.3:
        point = chance.randrange(0x110000)
        if not 0xD800 <= point < 0xE000:
            pieces.insert(chance.randrange(len(pieces) + 1), chr(point))
    return "".join(pieces)


if __name__ == "__main__":
    sys.exit(main())
