"""
Check the site that was built: ``python scripts/check_site.py build/site``.

Each link within it must lead to a page and a heading that are there; no text of the definitions may
have been taken for markup and dropped; and nothing may be fetched from another host.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from twreplay._api import DIFFERENCES, QUESTIONS
from twreplay._simulator.hints import TABLES

# Elements of HTML and SVG that the theme and Markdown write. Any other came from a text.
HTML = """
    a abbr article aside b blockquote body br button circle clippath code dd defs del details div dl
    dt em fieldset figcaption figure footer form g h1 h2 h3 h4 h5 h6 head header hr html i iframe
    img input kbd label li line link main mark math meta nav ol option p path pre rect s script
    section select small span strong style sub summary sup svg symbol table tbody td template text
    textarea tfoot th thead time title tr u ul use video
"""
KNOWN = frozenset(HTML.split())
FETCHING = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src")}
# A link of these kinds names a page or a feed, and has nothing fetched.
NAMING = {"canonical", "prev", "next", "edit", "alternate"}


class Page(HTMLParser):
    """What one page has: anchors, links, foreign elements and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.unknown: set[str] = set()
        self.pieces: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note anchors, links, and what is no element."""
        values = {name: value or "" for name, value in attrs}
        if tag not in KNOWN:
            self.unknown.add(tag)
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        for element, name in FETCHING:
            if tag == element and name in values and values.get("rel") not in NAMING:
                self.fetched.append(values[name])

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.pieces.append(data)

    @property
    def text(self) -> str:
        """All its text, with single spaces."""
        return " ".join("".join(self.pieces).split())


def check(site: Path) -> list[str]:
    """List what is wrong with *site*."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        return [f"there is no page in {site}"]
    wrong = []
    for path, page in pages.items():
        here = path.relative_to(site)
        wrong += [f"{here}: <{tag}> is no element of HTML" for tag in sorted(page.unknown)]
        wrong += [f"{here}: fetches {url}" for url in page.fetched if urlsplit(url).netloc]
        # The page for what is not found is shown at any address, so its links are absolute.
        if path.name != "404.html":
            broken = (link for link in page.links if not _leads_somewhere(link, path, pages))
            wrong += [f"{here}: {link} leads nowhere" for link in broken]
    return wrong + _missing_texts(site, pages)


def _leads_somewhere(link: str, path: Path, pages: dict[Path, Page]) -> bool:
    address, anchor = urldefrag(link)
    if urlsplit(address).scheme or urlsplit(address).netloc:
        return True
    target = (path.parent / unquote(address)).resolve() if address else path
    if target.is_dir():
        target /= "index.html"
    if target not in pages:
        return target.is_file()
    return not anchor or unquote(anchor) in pages[target].anchors


def _missing_texts(site: Path, pages: dict[Path, Page]) -> list[str]:
    """List the texts of the definitions that their pages do not show, or not in full."""
    questions = [text for q in QUESTIONS.values() for text in (q.question, q.choice, q.evidence)]
    hints = [
        text
        for table in (TABLES.fields, TABLES.filters, TABLES.paths, TABLES.methods)
        for text in table.values()
    ]
    profiles = [text for d in DIFFERENCES.values() for text in (d.about, d.documented, d.observed)]
    expected = {"undocumented": questions, "other-versions": hints, "profiles": profiles}
    return [
        f"{name}/index.html: does not show {text!r}"
        for name, texts in expected.items()
        for shown in [pages[(site / name / "index.html")].text]
        for text in texts
        if " ".join(re.sub(r"`", "", text).split()) not in shown
    ]


def main() -> int:
    """Print what is wrong."""
    wrong = check(Path(sys.argv[1]).resolve())
    print("\n".join(wrong) or "The site is whole.")
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
