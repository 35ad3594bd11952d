"""Every Python example of the documentation runs."""

from __future__ import annotations

import re
from pathlib import Path

# A run within the process takes out what it imports, and clients do not bear a second import.
import httpx  # noqa: F401
import pytest
import requests  # noqa: F401
import yaml
from conftest import SMS_AND_CALLS
from inner_runs import run_inner

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), REPOSITORY / "README.md"]
SAMPLES = sorted((DOCS / "samples").glob("*.md"))
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples(page, kind="python"):
    text = (DOCS / page).read_text(encoding="utf-8")
    return [block for language, block in BLOCK.findall(text) if language == kind]


LIST_CALLS = """
import requests, twreplay
from conftest import ACCOUNT, BASE

def list_calls(page="0"):
    return requests.get(f"{BASE}/Calls?page={page}", auth=(ACCOUNT, "x"), timeout=5)
"""

# What stands before an example that leaves it out, by page and number. It is run as a script ...
SCRIPTS = {
    ("webhook-testing.md", 2): "",
    ("webhook-testing.md", 3): "",
    **{("simulating.md", number): "" for number, _ in enumerate(examples("simulating.md"), 1)},
    **{("rules.md", number): "" for number in range(1, 8)},
    ("assertions.md", 1): "",
    ("../README.md", 1): "",
    ("server.md", 1): "",
    ("../README.md", 2): """
import requests, twreplay
from conftest import ACCOUNT, SMS_AND_CALLS
from pathlib import Path

Path("calls.yaml").write_text(SMS_AND_CALLS.partition("- request:\\n    body: null")[0])

def place_a_call():
    sent = {"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny!"}
    url = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/SMS/Messages"
    requests.post(url, auth=(ACCOUNT, "x"), data=sent, timeout=5)
""",
    ("../README.md", 3): """
import twreplay
from unittest import TestCase

self, remind = TestCase(), lambda number: "queued"
""",
    ("matching.md", 1): "from twreplay import use_cassette",
    ("matching.md", 2): "from twreplay import use_cassette",
    ("matching.md", 3): "from twreplay import use_cassette",
    **{("recording.md", number): LIST_CALLS for number in (2, 4, 5)},
    ("recording.md", 3): f"""{LIST_CALLS}
def sign_in():
    return requests.get(BASE, auth=(ACCOUNT, "x"), timeout=5)

for name, ask in (("calls.yaml", list_calls), ("login.yaml", sign_in)):
    with twreplay.use_cassette(name, record_mode="once", source="simulator"):
        ask()
""",
    ("recording.md", 6): """
import twreplay
from pathlib import Path

Path("calls").mkdir()
Path("calls/make.yaml").write_text("interactions: []\\nversion: 1\\n")
""",
    ("recording.md", 7): "",
    ("recording.md", 8): """
import requests, twreplay
from local_api import local_api, names_point_home

def list_calls(sid, token):
    url = f"https://api.twilio.com/2008-08-01/Accounts/{sid}/Calls"
    assert requests.get(url, auth=(sid, token), timeout=5).ok
""",
    ("recording.md", 9): "",
    ("secrets.md", 1): "",
    ("secrets.md", 2): "import twreplay",
    ("twiml.md", 1): "",
}

# Code that takes its credentials from the environment.
REMIND = """
import json, os, requests

def remind(number):
    auth = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    url = f"https://api.twilio.com/2008-08-01/Accounts/{auth[0]}/SMS/Messages.json"
    form = {"From": "4158675309", "To": number, "Body": "Tomorrow at 9."}
    body = requests.post(url, auth=auth, data=form, timeout=5).json()
    return body["TwilioResponse"]["SMSMessage"]["Status"]
"""

# ... or as a module of tests.
TESTS = {
    **{("cookbook.md", number): "" for number, _ in enumerate(examples("cookbook.md"), 1)},
    ("signatures.md", 1): "",
    ("webhook-testing.md", 1): "",
    ("other-languages.md", 1): "",
    ("index.md", 1): "",
    ("index.md", 2): """
import requests
from conftest import ACCOUNT, BASE

def list_calls():
    auth = (ACCOUNT, "x")
    assert requests.get(f"{BASE}/Calls?page=0&num=2", auth=auth, timeout=5).ok
    return ["a call", "another"]
""",
    ("../README.md", 4): """
import pytest, requests
from types import SimpleNamespace
from conftest import ACCOUNT, BASE

def place_call(number):
    sent = {"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny!"}
    requests.post(f"{BASE}/SMS/Messages", auth=(ACCOUNT, "x"), data=sent, timeout=5)
    return SimpleNamespace(status="0")
""",
    ("../README.md", 5): """
import pytest
from types import SimpleNamespace

settings = SimpleNamespace(TWILIO_SID="AC0123456789abcdef0123456789abcdef", TWILIO_TOKEN="x")

def test_the_account_is_that_of_the_settings(twilio):
    assert twilio.auth == (settings.TWILIO_SID, settings.TWILIO_TOKEN)
""",
    ("pytest.md", 1): "",
    ("pytest.md", 2): REMIND,
    ("pytest.md", 3): f"import pytest\n{REMIND}",
    ("pytest.md", 4): "import pytest, twreplay",
    ("pytest.md", 5): """
import requests, twreplay
from pathlib import Path
from conftest import ACCOUNT, BASE, SMS_AND_CALLS

Path("before.yaml").write_text(SMS_AND_CALLS.rpartition("- request:")[0])

def sign_up():
    sent = {"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny!"}
    requests.post(f"{BASE}/SMS/Messages", auth=(ACCOUNT, "x"), data=sent, timeout=5)

def remind(auth):
    url = f"https://api.twilio.com/2008-08-01/Accounts/{auth[0]}/Calls"
    assert requests.get(url, auth=auth, timeout=5).ok
""",
    ("recording.md", 1): "import pytest",
    ("rehearsing.md", 1): "",
    ("rehearsing.md", 2): """
import pytest, requests
from types import SimpleNamespace

class Refused(Exception):
    pass

@pytest.fixture
def clinic():
    return SimpleNamespace(remind=lambda number, text: None)
""",
    ("rehearsing.md", 3): "import pytest\nfrom twreplay import faults",
}


def test_each_example_is_run_as_one_or_the_other():
    every = {
        (page.name if page.parent == DOCS else f"../{page.name}", number)
        for page in PAGES
        if page.name != "tutorial.md"  # which test_tutorial.py runs as a whole
        for number, _ in enumerate(examples(page), 1)
    }

    assert SCRIPTS.keys() | TESTS.keys() == every


@pytest.mark.parametrize(("page", "number"), SCRIPTS)
def test_each_script_of_a_page_runs(page, number, tmp_path, monkeypatch):
    monkeypatch.chdir(REPOSITORY if (page, number) == ("../README.md", 1) else tmp_path)
    namespace = {"__name__": "example"}
    before, example = SCRIPTS[page, number], examples(page)[number - 1]

    exec(compile(f"{before}\n{example}", f"<{page}>", "exec"), namespace)

    if "self" in namespace:
        namespace["test_remind"](namespace["self"])


def test_a_script_of_the_documentation_that_fails_is_noticed():
    with pytest.raises(AssertionError):
        exec(compile(examples("simulating.md")[0] + "\nassert False", "<page>", "exec"), {})


@pytest.mark.parametrize(("page", "number"), TESTS)
def test_the_tests_of_a_page_pass(page, number, pytester, monkeypatch):
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):  # which an example sets
        monkeypatch.setenv(name, "")
    folder = pytester.path / "cassettes" / "test_it"
    folder.mkdir(parents=True)
    head, sms, calls = SMS_AND_CALLS.split("- request:")
    (folder / "test_list_calls.yaml").write_text(f"{head}- request:{calls}")
    (folder / "test_place_call.yaml").write_text(f"{head}- request:{sms}")
    example = examples(page)[number - 1].rstrip()
    if "def " not in example:
        example += "\ndef test_it(twilio):\n    pass"
    module = f"{TESTS[page, number]}\n{example}"
    if "def test_" not in module:
        module += "\n\ndef test_it():\n    pass"
    pytester.makepyfile(test_it=module)
    pytester.makeini(f"[pytest]\npythonpath = {REPOSITORY / 'tests'}")

    result = run_inner(pytester, "-p", "no:xdist")

    outcomes = result.parseoutcomes()
    assert outcomes.keys() <= {"passed", "warning", "warnings"}
    assert outcomes["passed"] >= module.count("def test_")


def test_the_report_of_the_rehearsal_is_what_comes_out(pytester):
    pytester.makepyfile(test_it=examples("rehearsing.md")[0])

    result = run_inner(pytester, "--twreplay-rehearse")

    assert examples("rehearsing.md", "text")[0] in result.stdout.str()


def test_each_error_has_one_section():
    headings = re.findall(r"^## (.*)$", (DOCS / "errors.md").read_text("utf-8"), re.MULTILINE)

    assert len(headings) == len(set(headings))


def test_the_site_has_each_page():
    """The list in mkdocs.yml is written by hand."""
    config = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text("utf-8"))
    listed = re.findall(r"[\w/-]+\.md", str(config["nav"]))

    assert sorted(listed) == sorted(
        page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")
    )


@pytest.mark.parametrize("page", [*PAGES, *SAMPLES], ids=lambda page: page.name)
def test_no_text_is_taken_for_an_element(page):
    """Markdown takes ``<Record>`` for one, and browsers show nothing of it."""
    text = re.sub(r"<!--.*?-->", "", page.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)

    assert re.findall(r"</?(?!a id=|/?a>)[A-Za-z?!][^>]*>", text.replace("</a>", "")) == []


@pytest.mark.parametrize("page", [*PAGES, *SAMPLES], ids=lambda page: page.name)
def test_each_column_of_a_table_has_a_heading(page):
    heads = re.findall(r"^(\|.*\|)\n\|[-|: ]+\|$", page.read_text("utf-8"), re.MULTILINE)

    assert [head for head in heads if not re.sub(r"[| ]", "", head)] == []


def test_the_code_of_the_first_page_is_seen_whole():
    """At 1280 pixels a line of 86 characters fits between the two lists at the sides."""
    lines = [line for example in examples("index.md") for line in example.splitlines()]

    assert [line for line in lines if len(line) > 86] == []


def test_names_in_tables_do_not_break():
    config = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text("utf-8"))
    (style,) = config["extra_css"]
    rules = (DOCS / style).read_text("utf-8")

    assert re.search(r":first-child code \{\s+white-space: nowrap;", rules)
    assert "overflow-x: auto" in rules


@pytest.mark.parametrize("picture", sorted(DOCS.glob("pictures/*.svg")), ids=lambda path: path.name)
def test_each_picture_is_on_a_page_of_the_site(picture):
    shown = [
        page.name
        for page in DOCS.glob("*.md")
        if f"](pictures/{picture.name})" in page.read_text("utf-8")
    ]

    assert shown != []
