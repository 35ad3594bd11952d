"""``twreplay twiml``: what is wrong with documents, for people and for CI."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import main

PAGE = (Path(__file__).parents[2] / "docs" / "twiml.md").read_text("utf-8")
GOOD = "<Response><Say>Hello</Say></Response>"
BAD = "<Response>\n  <Pause length='x'/>\n</Response>"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, ["twiml", *map(str, arguments)], input=stdin)

    return run


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_good_document_is_told_of_and_the_status_is_0(run):
    write("a.xml", GOOD)
    result = run("a.xml")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "0 findings in 1 file.\n")


def test_a_finding_is_shown_with_its_place_and_what_the_api_does(run):
    write("a.xml", BAD)
    result = run("a.xml")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "a.xml:2:10: warning 13910: length of <Pause> is 'x'; it takes: whole number, 1 or more.",
        "    the API: the default counts: 1",
        "    source: error dictionary as copied about 2011 (later version); "
        "undocumented: question 80",
    ]


def test_what_the_page_shows_is_printed(run):
    (document,) = re.findall(r'answer = """\n(.*?)\n"""', PAGE, re.DOTALL)
    (shown,) = re.findall(
        r"^\$ twreplay twiml menu\.xml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
    )
    write("menu.xml", document)

    assert run("menu.xml").stdout == shown


def test_folders_stand_for_the_documents_in_them(run):
    for name in ("voice/a.xml", "voice/deep/b.twiml", "voice/c.txt"):
        write(name, BAD)
    result = run("voice")

    assert re.findall(r"^(\S+?):", result.stdout, re.MULTILINE) == [
        "voice/a.xml",
        "voice/deep/b.twiml",
    ]


def test_a_folder_without_documents_is_no_clean_one(run):
    Path("empty").mkdir()

    assert run("empty").exit_code == 2
    assert "there is no .xml or .twiml in empty" in run("empty").stderr
    assert run("empty", "--allow-empty").exit_code == 0


def test_standard_input_is_read(run):
    result = run("-", stdin=BAD)

    assert result.exit_code == 1
    assert result.stdout.startswith("<stdin>:2:10: ")


def test_the_kind_decides_what_may_be_in_it(run):
    write("a.xml", GOOD)

    assert run("a.xml", "--kind", "wait").exit_code == 0
    assert "14110" in run("a.xml", "--kind", "sms").stdout
    assert run("a.xml", "--kind", "email").exit_code == 2


def test_json_has_the_findings_for_other_programs(run):
    write("a.xml", BAD)
    write("b.xml", GOOD)
    result = run("a.xml", "b.xml", "--json")

    (finding,) = json.loads(result.stdout)["findings"]
    assert result.exit_code == 1
    assert finding["file"] == "a.xml"
    assert (finding["line"], finding["column"], finding["code"]) == (2, 10, 13910)
    assert (finding["severity"], finding["question"]) == ("warning", 80)
    assert json.loads(result.stdout)["found"] == 1
    assert json.loads(result.stdout)["unread"] == []


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_checked(run, monkeypatch):
    write("a.xml", GOOD)
    write("b.xml", BAD)
    real = Path.open

    def refuse(path, *given, **keywords):
        if path.name == "a.xml":
            raise PermissionError(13, "Permission denied")
        return real(path, *given, **keywords)

    monkeypatch.setattr(Path, "open", refuse)
    result = run("a.xml", "b.xml")

    assert result.exit_code == 2
    assert "a.xml: could not be read: Permission denied." in result.stderr
    assert "13910" in result.stdout


def test_control_characters_do_not_reach_the_terminal(run):
    write("a.xml", "<Response><Pause length='\x9b31m\u202e'/></Response>")

    assert not re.search("[\x80-\x9f\u202e]", run("a.xml").output)


def test_a_huge_file_is_not_read_whole(run):
    write("a.xml", b"<Response/>" + b" " * 5_000_000)

    assert "11750" in run("a.xml").stdout


@pytest.mark.parametrize(
    ("code", "told"),
    [("13313", "Gather: Invalid timeout value"), ("11200", "HTTP retrieval failure")],
)
def test_explain_knows_the_codes_of_twiml(code, told):
    result = CliRunner().invoke(main, ["explain", code])

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{code}: {told}\n")
    assert "known from  error dictionary" in result.stdout


def test_explain_gives_them_to_other_programs_as_well():
    data = json.loads(CliRunner().invoke(main, ["explain", "14103", "--json"]).stdout)

    assert (data["kind"], data["severity"], data["question"]) == ("error", "warning", 35)
