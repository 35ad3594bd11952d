"""The plugin, by running pytest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ACCOUNT, BASE, SMS_AND_CALLS, TOKEN
from inner_runs import run_inner

CODE = f"""
import os, pytest, requests, twreplay
AUTH = ("{ACCOUNT}", os.environ["TEST_TOKEN"])  # not in a file: see token_guard
def send(to="4155551212"):
    data = {{"From": "4158675309", "To": to, "Body": "Hi Jenny!"}}
    return requests.post("{BASE}/SMS/Messages", data=data, auth=AUTH, timeout=5)
def calls():
    return requests.get("{BASE}/Calls?page=0&num=2", auth=AUTH, timeout=5)
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """A downstream suite whose module is test_it; call it with source, get the result."""
    monkeypatch.setenv("TEST_TOKEN", TOKEN)

    def run(source: str, *arguments: str, cassettes: tuple[str, ...] = (), ini: str = ""):
        pytester.makepyfile(test_it=CODE + source)
        pytester.makeini(f"[pytest]\n{ini}")
        folder = pytester.path / "cassettes" / "test_it"
        folder.mkdir(parents=True, exist_ok=True)
        for name in cassettes:
            (folder / f"{name}.yaml").write_text(SMS_AND_CALLS)
        return run_inner(pytester, "-W", "error", *arguments)

    return run


def test_mark_opens_the_cassette_named_after_the_test(suite):
    result = suite(
        "@pytest.mark.twreplay\ndef test_a():\n    assert send().ok and calls().ok",
        cassettes=("test_a",),
    )

    result.assert_outcomes(passed=1)


def test_fixture_gives_the_cassette_without_a_mark(suite):
    result = suite(
        "class TestX:\n    def test_a(self, twilio_cassette):\n"
        "        send(); calls(); assert twilio_cassette.play_count == 2",
        cassettes=("TestX.test_a",),
    )

    result.assert_outcomes(passed=1)


def test_mark_works_on_unittest(suite):
    result = suite(
        "import unittest\n@pytest.mark.twreplay(cassette='both.yaml')\n"
        "class TestX(unittest.TestCase):\n"
        "    def test_a(self): send(); calls()\n    def test_b(self): send(); calls()",
        cassettes=("both",),
    )

    result.assert_outcomes(passed=2)


def test_swallowed_request_still_fails_the_test(suite):
    """
    Code that catches everything cannot hide an unmatched request.
    """
    result = suite(
        "@pytest.mark.twreplay\ndef test_a():\n    try: send('1')\n    except Exception: pass",
        cassettes=("test_a",),
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*UnmatchedRequest: no recording answers this request*form.To*"])
    result.stdout.fnmatch_lines(["*pytest test_it.py::test_a --twreplay-record=rewrite*"])


SENDS_ONLY = "@pytest.mark.twreplay\ndef test_a():\n    send()"


class TestUnused:
    def test_fails_a_passing_test(self, suite):
        result = suite(SENDS_ONLY, cassettes=("test_a",))

        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["*UnusedInteractions: 1 of 2 recorded interactions*"])

    def test_does_not_add_to_a_failing_test(self, suite):
        result = suite(SENDS_ONLY + "; assert False", cassettes=("test_a",))

        result.assert_outcomes(failed=1)

    def test_can_be_ignored_by_flag(self, suite):
        result = suite(SENDS_ONLY, "--twreplay-unused=ignore", cassettes=("test_a",))

        result.assert_outcomes(passed=1)

    def test_can_be_ignored_by_ini(self, suite):
        result = suite(SENDS_ONLY, cassettes=("test_a",), ini="twreplay_unused = ignore")

        result.assert_outcomes(passed=1)

    def test_can_be_a_warning(self, suite):
        result = suite(SENDS_ONLY, "--twreplay-unused=warn", "-Wdefault", cassettes=("test_a",))

        result.assert_outcomes(passed=1, warnings=1)


class TestPrecedence:
    MODE = (
        "@pytest.fixture(scope='session')\ndef twreplay_config(): return {{'record_mode': '{}'}}\n"
    )

    @pytest.mark.parametrize(
        ("flag", "mark", "fixture", "ini", "found"),
        [
            ("", "", "", "", False),
            ("", "", "", "once", True),
            ("", "", "none", "once", False),
            ("", "once", "none", "none", True),
            ("none", "once", "once", "once", False),
            ("once", "none", "none", "none", True),
        ],
    )
    def test_flag_beats_mark_beats_fixture_beats_ini(self, suite, flag, mark, fixture, ini, found):
        keyword = f"record_mode='{mark}'" if mark else ""
        result = suite(
            (self.MODE.format(fixture) if fixture else "")
            + f"@pytest.mark.twreplay({keyword})\ndef test_a(): pass",
            *([f"--twreplay-record={flag}"] if flag else []),
            ini=f"twreplay_record = {ini}" if ini else "",
        )

        result.assert_outcomes(passed=1 if found else 0, errors=0 if found else 1)


def test_directory_can_be_overridden(suite):
    result = suite(
        "@pytest.fixture\ndef twreplay_cassette_dir(request):\n"
        "    return request.path.parent / 'cassettes' / 'test_it'\n"
        "@pytest.mark.twreplay('other.yaml')\ndef test_a(): send(); calls()",
        cassettes=("other",),
    )

    result.assert_outcomes(passed=1)


def test_a_keyword_that_does_not_exist_is_refused_with_the_nearest(suite):
    result = suite("@pytest.mark.twreplay(record_mod='once')\ndef test_a(): pass")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*did you mean 'record_mode'?*"])


def test_unknown_ini_value_is_refused(suite):
    result = suite("def test_a(): pass", ini="twreplay_record = onc")

    assert result.ret != 0
    result.stderr.fnmatch_lines(["*twreplay_record has no value 'onc'*"])


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("twreplay_recrod", "did you mean twreplay_record?"),
        ("twreplay_xyz", "there is: twreplay_record, *, twreplay_rehearse_limit"),
    ],
)
def test_unknown_ini_key_is_refused(suite, key, told):
    result = suite("def test_a(): pass", ini=f"{key} = once")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: there is no ini key {key}; {told}"])


@pytest.mark.parametrize("place", ["flag", "ini", "pyproject"])
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("max-age", "30", "type hours, days or weeks, such as 12h, 30d or 8w"),
        ("max-age", "0d", "type hours, *"),
        ("redact", "identifier", "type identifiers, names, bodies, *"),
        ("redact", "names,everything", "type identifiers, *"),
    ],
)
def test_a_value_that_cannot_be_read_ends_the_run_before_it_begins(
    suite, pytester, place, option, value, told
):
    key = option.replace("-", "_")
    if place == "pyproject":
        pytester.makepyprojecttoml(f'[tool.twreplay]\n{key} = "{value}"\n')
    flags = (f"--twreplay-{option}={value}",) if place == "flag" else ()
    ini = f"twreplay_{key} = {value}" if place == "ini" else ""
    result = suite("def test_a(): pass", *flags, ini=ini)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{key if place != 'flag' else option}*'{value}'; {told}"])


def test_every_ini_key_that_the_help_shows_is_known(suite):
    text = (Path(__file__).parent / "help" / "help.txt").read_text()

    shown = re.findall(r"^  (twreplay_\w+)", text, re.MULTILINE)
    result = suite("def test_a(): pass", ini="\n".join(f"{key} = no-such-value" for key in shown))

    assert len(shown) > 10
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "there is no ini key" not in result.stderr.str()


def test_a_test_without_mark_is_left_alone(suite):
    suite("def test_a(): pass").assert_outcomes(passed=1)


def test_parametrised_tests_have_files_of_their_own(suite, pytester):
    suite(
        "@pytest.mark.twreplay\n@pytest.mark.parametrize('p', ['a/b', 'a:b', 'a-b'])\n"
        "def test_a(p): calls()",
        "--twreplay-record=once",
        "--twreplay-record-from=simulator",
    ).assert_outcomes(passed=3)

    assert len(list((pytester.path / "cassettes" / "test_it").glob("*.yaml"))) == 3


def test_marks_and_fixtures_are_documentation(suite):
    result = suite("def test_a(): pass", "--markers")

    result.stdout.fnmatch_lines(["@pytest.mark.twreplay(cassette=None, [*][*]keywords)*"])


RECORDS = """
@pytest.mark.twreplay(record_mode="once", source="simulator")
def test_records():
    requests.get("BASE/Calls?Called=" + "415" + "8675309", auth=AUTH, timeout=5)
""".replace("BASE", BASE)


@pytest.mark.parametrize(
    ("flags", "ini"),
    [
        (["--twreplay-redact=identifiers,names"], ""),
        ([], "twreplay_redact = identifiers names\n"),
        (["--twreplay-redact=names,identifiers"], "twreplay_redact = bodies\n"),
    ],
)
def test_what_is_redacted_can_be_said_for_a_whole_suite(suite, pytester, flags, ini):
    suite(RECORDS, *flags, ini=ini).assert_outcomes(passed=1)

    text = (pytester.path / "cassettes" / "test_it" / "test_records.yaml").read_text()
    assert "redacted: identifiers names" in text
    assert not [value for value in ("4158675309", ACCOUNT) if value in text]


SHARED = """
from pathlib import Path
def test_names_are_the_same():
    assert Path("cassettes/login.yaml").exists()

@pytest.mark.twreplay(shared=["../login.yaml"])
def test_one():
    assert calls().ok and calls().ok

@pytest.mark.twreplay("own.yaml", shared="../login.yaml")
def test_two(twilio_cassette):
    assert calls().ok and send().ok
    assert [one.play_count for one in twilio_cassette.shared] == [2]
"""


@pytest.fixture
def login(pytester):
    """A cassette that tests of several modules can share, with a list of calls and an SMS."""
    folder = pytester.path / "cassettes"
    folder.mkdir()
    (folder / "login.yaml").write_text(SMS_AND_CALLS)
    return folder / "login.yaml"


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all", "rewrite"])
def test_tests_play_a_shared_cassette_in_every_mode_and_write_nothing(suite, login, mode):
    result = suite(SHARED, f"--twreplay-record={mode}")

    result.assert_outcomes(passed=3)
    assert login.read_text() == SMS_AND_CALLS
    assert [path.name for path in login.parent.rglob("*.yaml")] == ["login.yaml"]


CONFIGURED = """
@pytest.fixture(scope="session")
def twreplay_config():
    return {"shared": ["../login.yaml"]}

@pytest.mark.twreplay
def test_a():
    assert calls().ok and send().ok

@pytest.mark.twreplay("../login.yaml")
def test_login(twilio_cassette):
    assert calls().ok and send().ok
    assert (twilio_cassette.play_count, twilio_cassette.shared) == (2, ())

@pytest.mark.twreplay(shared=())
def test_b():
    with pytest.raises(twreplay.errors.CassetteNotFound):
        twreplay.use_cassette("no.yaml").__enter__()
"""


def test_a_configuration_shares_with_each_test_but_the_one_whose_own_it_is(suite, login):
    result = suite(CONFIGURED, cassettes=("test_b",), ini="twreplay_unused = ignore\n")

    result.assert_outcomes(passed=3)


def test_pyproject_shares_too(suite, login, pytester):
    pytester.makepyprojecttoml('[tool.twreplay]\nshared = ["../login.yaml"]\n')

    result = suite("@pytest.mark.twreplay\ndef test_a():\n    assert calls().ok")

    result.assert_outcomes(passed=1)


def test_a_missing_shared_cassette_is_one_error_below_forty_lines(suite, login):
    result = suite(
        "@pytest.mark.twreplay(shared=['../logni.yaml'])\ndef test_a():\n    assert calls().ok"
    )

    result.assert_outcomes(errors=1)
    told = result.stdout.str()
    assert len(told.splitlines()) < 40
    assert "there is no cassette cassettes/logni.yaml" in told
    assert "cassettes/test_it/test_a.yaml is to share" in told
    assert 'shared=["../login.yaml"]' in told


OPENED = {
    "mark": """
@pytest.mark.twreplay('../login.yaml')
def test_it(twilio_cassette):
    record(twilio_cassette)
""",
    "block": """
def test_it(request):
    path = request.path.parent / "cassettes" / request.path.stem / ".." / "login.yaml"
    path.parents[1].mkdir()
    with twreplay.use_cassette(path, record_mode="rewrite") as cassette:
        record(cassette)
""",
}


@pytest.mark.parametrize("opened", OPENED)
def test_two_modules_that_rewrite_one_cassette_above_keep_what_each_recorded(
    opened, pytester, login
):
    for number in (1, 2):
        source = (
            "import pytest, twreplay\n"
            "from twreplay import Headers, Request, Response\n"
            "from recorder import handler_of\n"
            "def record(cassette):\n"
            f"    asked = Request('GET', '{BASE}/Calls?page={number}')\n"
            "    answer = Response(200, Headers(), b'', 'OK')\n"
            "    handler_of(cassette).record(asked, answer)\n"
        )
        pytester.makepyfile(**{f"test_module_{number}": source + OPENED[opened]})
    pytester.syspathinsert(Path(__file__).parents[1])

    result = run_inner(pytester, "--twreplay-record=rewrite")

    result.assert_outcomes(passed=2)
    recorded = login.read_text()
    assert ["page=1" in recorded, "page=2" in recorded, "SMS/Messages" in recorded] == [
        *(True, True, False)
    ]
    result.stdout.fnmatch_lines(["*cassettes/login.yaml: changed*"])
    result.stdout.no_fnmatch_line("*[.][.]/login.yaml*")
