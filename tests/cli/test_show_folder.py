"""``twreplay show FOLDER --html``: the pages of a folder of cassettes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main
from conftest import SMS_AND_CALLS


class Page(HTMLParser):
    """The links, the ids, the text and what is fetched."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.fetched, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a":
            self.links.append(given["href"])
        self.fetched += [given[name] for name in ("src", "action") if name in given]
        if tag == "link":
            self.fetched.append(given["href"])
        if "id" in given:
            self.ids.append(given["id"])

    def handle_data(self, data):
        self.text += data


def test_a_page_is_replaced_and_any_other_file_is_not(show):
    cassette = Path("tapes/calls/both.yaml")
    assert show(cassette, "--html", "page.html").exit_code == 0
    assert show(cassette, "--html", "page.html").exit_code == 0
    before = cassette.read_bytes()

    for target in (cassette, Path("index.html")):
        target.write_bytes(before)
        assert show(cassette, "--html", target).exit_code == 2
        assert target.read_bytes() == before
    assert show("tapes", "--html", ".").exit_code == 2
    assert Path("index.html").read_bytes() == before


@pytest.fixture
def show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tapes/calls").mkdir(parents=True)
    Path("tapes/calls/both.yaml").write_text(SMS_AND_CALLS)
    Path("tapes/<b>odd.yaml").write_text(SMS_AND_CALLS.replace("Hi+Jenny%21", "%3Cscript%3E"))

    def run(*arguments):
        return CliRunner().invoke(main, ["show", *map(str, arguments)])

    return run


def test_one_file_has_the_list_and_a_section_for_each(show):
    assert show("tapes", "--html", "all.html").exit_code == 0

    page = Page(Path("all.html").read_text("utf-8"))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert "calls/both.yaml" in page.text
    assert "GET/Accounts/{AccountSid}/Calls" in page.text
    assert page.text.count("2 interactions in 2 cassettes") == 2
    assert len(page.ids) == len(set(page.ids))


def test_a_folder_has_an_index_and_a_page_for_each(show):
    assert show("tapes", "--html", "site").exit_code == 0

    index = Page(Path("site/index.html").read_text("utf-8"))
    pages = [link for link in index.links if not link.startswith("#")]
    assert sorted(pages) == ["cassette-1.html", "cassette-2.html"]
    for link in pages:
        page = Page(Path("site", link).read_text("utf-8"))
        assert "index.html" in page.links
        assert "<Status>queued</Status>" in page.text


def test_names_and_recorded_text_are_no_markup_and_nothing_is_fetched(show):
    show("tapes", "--html", "all.html")

    text = Path("all.html").read_text("utf-8")
    assert "<b>odd" not in text
    assert "<script" not in text
    assert Page(text).fetched == ["data:,"]


def test_an_unreadable_cassette_is_named_on_the_page_and_by_the_status(show):
    Path("tapes/bad.yaml").write_text("interactions:\n- [")

    result = show("tapes", "--html", "all.html")

    assert result.exit_code == 2
    assert "bad.yaml ends in the middle of interaction 1." in result.stderr
    page = Page(Path("all.html").read_text("utf-8"))
    assert "unreadable" in page.text
    assert "calls/both.yaml" in page.text


def test_secrets_of_another_tool_are_on_no_page(show):
    secret = "0ld70k3n" * 4
    text = SMS_AND_CALLS.replace("<Status>queued</Status>", f"<AuthToken>{secret}</AuthToken>")
    Path("tapes/theirs.yaml").write_text(text)

    show("tapes", "--html", "site")
    show("tapes", "--html", "all.html")

    written = [*Path("site").iterdir(), Path("all.html")]
    assert len(written) == 5
    assert not [path for path in written if secret in path.read_text("utf-8")]


@pytest.mark.parametrize(
    "arguments",
    [["tapes"], ["tapes", "1", "--html", "x.html"], ["tapes", "--json", "--html", "x.html"]],
)
def test_what_makes_no_sense_of_a_folder_says_what_does(show, arguments):
    result = show(*arguments)

    assert result.exit_code == 2
    assert re.search(r"give --html OUT .* twreplay\s+ls\s+tapes", result.stderr, re.DOTALL)


def test_a_folder_without_cassettes_is_no_success(show):
    Path("empty").mkdir()

    result = show("empty", "--html", "all.html")

    assert result.exit_code == 2
    assert "there is no cassette to show in empty" in result.stderr
    assert not Path("all.html").exists()
