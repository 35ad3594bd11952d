"""
Build docs/llms.txt: what the documentation has, on one page, for programs that read it.

The format is that of https://llmstxt.org. ``scripts/generate.py`` writes the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from twreplay._explanation import SITE

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def build_page(not_yet_written: dict[str, str]) -> str:
    """Return the file; *not_yet_written* has the pages that other generators are about to write."""
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    lines = [
        f"# {config['site_name']}",
        "",
        f"> {config['site_description']}: a pytest plugin, a decorator and a context manager.",
        "",
        "Install: `pip install twreplay`. The fixture `twilio` simulates the API, "
        "`@pytest.mark.twreplay` replays a cassette, `--twreplay-record=once` records one.",
    ]
    section = ""
    for heading, title, page in _list_pages(config["nav"], "Start"):
        if heading != section:
            section = heading
            lines += ["", f"## {heading}", ""]
        text = not_yet_written.get(page) or (DOCS / page).read_text("utf-8")
        address = page.removesuffix(".md").removesuffix("index")
        url = f"{SITE}/{address}/".replace("//", "/").replace(":/", "://")
        lines.append(f"- [{title}]({url}): {find_first_sentence(text)}")
    return "\n".join([*lines, ""])


def _list_pages(nav: list[dict[str, object]], heading: str) -> Iterator[tuple[str, str, str]]:
    """Yield the section, the title and the file of each page."""
    for entry in nav:
        for title, below in entry.items():
            if isinstance(below, str):
                yield heading, title, below
            elif isinstance(below, list):
                yield from _list_pages(below, title)


def find_first_sentence(page: str) -> str:
    """Return the first sentence below the title of *page*, without links."""
    body = re.split(r"^# ", page, maxsplit=1, flags=re.MULTILINE)[1]
    paragraph = next(
        part for part in body.split("\n\n")[1:] if part and not part.startswith(("|", "<", "!"))
    )
    text = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
    return re.split(r"(?<=[.:])\s", text)[0].rstrip(":.") + "."
