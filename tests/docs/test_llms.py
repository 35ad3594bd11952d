"""docs/llms.txt has each page of the site, with an address and a sentence."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
LISTED = re.findall(
    r"^- \[.+\]\((https://\S+)\): (.+)$", (DOCS / "llms.txt").read_text("utf-8"), re.M
)


def test_each_page_is_listed_once():
    site = "https://twreplay.readthedocs.io/page"
    pages = [page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")]

    assert sorted(url for url, _ in LISTED) == sorted(
        f"{site}/" if page == "index" else f"{site}/{page}/" for page in pages
    )


def test_each_page_says_in_a_sentence_what_it_is_for():
    for url, sentence in LISTED:
        assert 20 < len(sentence) < 300, url
        assert sentence.endswith("."), url
