"""[tool.twreplay] in pyproject.toml, a Recorder as configuration, runs without cassettes."""

from __future__ import annotations

import re

import pytest
from command_line import run
from conftest import ACCOUNT, BASE, SMS_AND_CALLS, TOKEN
from inner_runs import run_inner
from published_reference import OPTIONS, list_keywords

import twreplay

CODE = f"""
import os, pytest, requests, twreplay
AUTH = ("{ACCOUNT}", os.environ["TEST_TOKEN"])
def send(to="4155551212"):
    data = {{"From": "4158675309", "To": to, "Body": "Hi Jenny!"}}
    return requests.post("{BASE}/SMS/Messages", data=data, auth=AUTH, timeout=5)
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A project with a pyproject.toml; call it with its table and source, get the result."""
    monkeypatch.setenv("TEST_TOKEN", TOKEN)

    def run(table: str, source: str, *arguments: str, folder: str = "cassettes", ini: str = ""):
        pytester.makepyprojecttoml(f"[tool.pytest.ini_options]\n{ini}\n[tool.twreplay]\n{table}")
        pytester.makepyfile(test_it=CODE + source)
        path = pytester.path / folder / "test_it" / "test_a.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SMS_AND_CALLS)
        return run_inner(pytester, "-W", "error", *arguments)

    return run


MARKED = "@pytest.mark.twreplay\ndef test_a():\n    assert send().ok"


KEPT_OUT = {
    *("auth_token", "redact_key", "before_record_request", "before_record_response"),
    *("app", "sign_with"),
}
KEYWORDS = {*list_keywords(twreplay.use_cassette), *list_keywords(twreplay.simulate)}
# Two options have the name of no keyword: they set record_mode and source.
OF_RUNS = {option.replace("-", "_") for option in OPTIONS} - {"record", "record_from"}
SETTABLE = sorted(KEYWORDS - KEPT_OUT | OF_RUNS)


def find_unknown(pytester, keys):
    """Find what a run says of a table with *keys*, each with a value that none has: the unknown."""
    pytester.makepyprojecttoml("[tool.twreplay]\n" + "".join(f"{key} = {{}}\n" for key in keys))
    result = run_inner(pytester, "--collect-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    return re.findall(r"has no key (\w+)", result.stderr.str())


class TestTable:
    def test_keywords_hold_for_every_cassette(self, project):
        project("allow_unused = true", MARKED).assert_outcomes(passed=1)
        project("allow_unused = false", MARKED).assert_outcomes(passed=1, errors=1)

    def test_keywords_of_simulate_hold_for_every_simulator(self, project):
        table = f'profile = "observed"\naccount_sid = "{ACCOUNT}"'
        source = (
            f"def test_a(twilio):\n    assert twilio.profile == 'observed'\n"
            f"    assert twilio.account_sid == '{ACCOUNT}'"
        )

        project(table, source).assert_outcomes(passed=1)

    def test_the_folder_is_relative_to_the_file(self, project):
        table = 'cassette_dir = "fixtures/tapes"\nallow_unused = true'

        project(table, MARKED, folder="fixtures/tapes").assert_outcomes(passed=1)

    def test_options_of_a_run_hold(self, project):
        result = project('unused = "ignore"\nblock_network = true', MARKED)

        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["*unused ignore (pyproject.toml)*block-network on*"])

    @pytest.mark.parametrize(
        ("arguments", "ini"),
        [(("--twreplay-unused=fail",), ""), ((), 'twreplay_unused = "fail"')],
        ids=["command line", "ini key"],
    )
    def test_what_is_nearer_beats_it(self, project, arguments, ini):
        result = project('unused = "ignore"', MARKED, *arguments, ini=ini)

        result.assert_outcomes(passed=1, errors=1)

    @pytest.mark.parametrize(
        ("table", "told"),
        [
            ('record_mod = "once"', "has no key record_mod; did you mean record_mode?"),
            ('record_mode = "sometimes"', "has no value 'sometimes': none, once,"),
            ('auth_token = "secret"', "has no key auth_token"),
        ],
    )
    def test_a_mistake_ends_the_run_before_it_begins(self, project, table, told):
        result = project(table, MARKED)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: *{told}*"])

    def test_without_such_a_table_nothing_is_read(self, project, pytester):
        pytester.makepyprojecttoml("[tool.twreplay]\nallow_unused = true")
        inner = pytester.mkdir("inner")
        (inner / "pyproject.toml").write_text("[tool.other]\nrecord_mod = 1\n")
        (inner / "test_it.py").write_text(CODE + MARKED)
        cassette = inner / "cassettes" / "test_it" / "test_a.yaml"
        cassette.parent.mkdir(parents=True)
        cassette.write_text(SMS_AND_CALLS)

        # The nearest file decides, also where it says nothing: unused interactions are an error.
        run_inner(pytester, "--rootdir=inner", "inner").assert_outcomes(passed=1, errors=1)

    def test_a_broken_file_is_named(self, tmp_path, monkeypatch):
        """By commands. Pytest has refused it before this plugin can."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "pyproject.toml").write_text("[tool.twreplay]\na = = 1\n")

        result = run("ls")

        assert result.exit_code == 2
        assert "pyproject.toml cannot be read: Invalid value (at line 2" in result.stderr

    def test_every_keyword_that_can_be_written_there_is_known(self, pytester):
        assert find_unknown(pytester, SETTABLE) == []

    def test_keywords_that_are_secrets_or_functions_are_not_known(self, pytester):
        assert find_unknown(pytester, sorted(KEPT_OUT)) == sorted(KEPT_OUT)


class TestRecorder:
    CONFIG = (
        "@pytest.fixture(scope='session')\ndef twreplay_config():\n"
        "    return twreplay.Recorder(cassette_dir='tapes', allow_unused=True)\n"
    )

    def test_is_the_configuration_of_a_suite(self, project):
        project("", self.CONFIG + MARKED, folder="tapes").assert_outcomes(passed=1)

    def test_its_folder_gives_way_to_the_fixture(self, project):
        fixture = (
            "@pytest.fixture(scope='module')\ndef twreplay_cassette_dir(request):\n"
            "    return request.path.parent / 'mine' / 'test_it'\n"
        )

        project("", self.CONFIG + fixture + MARKED, folder="mine").assert_outcomes(passed=1)


class TestDisabled:
    SOURCE = (
        "@pytest.mark.twreplay\ndef test_a(twilio_cassette):\n"
        "    assert twilio_cassette.interactions == ()\n"
        "    with pytest.raises(twreplay.errors.NetworkBlocked), twreplay.block_network():\n"
        "        send()\n"
        "def test_b(tmp_path):\n"
        "    with twreplay.use_cassette(tmp_path / 'new.yaml', record_mode='once'):\n"
        "        pass\n"
        "    assert list(tmp_path.iterdir()) == []\n"
        "def test_c(twilio):\n    assert requests.get(twilio.account_url, auth=twilio.auth).ok\n"
    )

    @pytest.mark.parametrize(
        ("table", "arguments"), [("", ("--twreplay-disable",)), ("disable = true", ())]
    )
    def test_no_cassette_is_read_or_written_and_simulations_go_on(self, project, table, arguments):
        result = project(table, self.SOURCE, *arguments)

        result.assert_outcomes(passed=3)
        result.stdout.fnmatch_lines(["twreplay: *disable on*"])

    def test_coroutines_run_without_a_cassette(self, project):
        source = (
            "import asyncio\n"
            "@twreplay.use_cassette('new.yaml', record_mode='once')\n"
            "async def use():\n    return 1\n"
            "def test_a():\n    assert asyncio.run(use()) == 1\n"
        )

        project("", source, "--twreplay-disable").assert_outcomes(passed=1)

    def test_the_next_run_of_the_process_has_cassettes(self, project):
        project("allow_unused = true", MARKED, "--twreplay-disable")

        project("allow_unused = true", MARKED).assert_outcomes(passed=1)
