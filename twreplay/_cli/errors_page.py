"""The page about errors as it ships with the package: a section for each anchor in a message."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from twreplay._explanation import SITE

# "](recording.md#age)" on the page, which leads nowhere outside of docs/.
_LINK = re.compile(r"\]\(([\w-]+)\.md")


@cache
def sections() -> dict[str, str]:
    """Map each anchor to its text, in Markdown, with links that lead somewhere from anywhere."""
    page = files("twreplay._cli").joinpath("errors.md").read_text(encoding="utf-8")
    _, *rest = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)
    texts = [_LINK.sub(rf"]({SITE}/\1/", text).strip() for text in rest[1::2]]
    return dict(zip(rest[::2], texts, strict=True))


def anchor_of(name: str) -> str:
    """Make an anchor of *name*, an address that ends with one or the name of a class."""
    last = re.split(r"[#.]", name)[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", last).lower()
