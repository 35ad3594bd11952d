"""Several sessions record into one cassette at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cassette_files import read
from cassette_locks import hold_lock, with_patience
from inner_runs import run_inner
from local_api import local_api
from recorder import handler_of

import twreplay
from twreplay import Interaction, Request, Response, errors

TESTS = Path(__file__).parents[1]
URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"


def interaction(name, answer="<x/>"):
    return Interaction(Request("POST", URL, {}, f"Called={name}"), Response(200, {}, answer))


def names(path):
    return [i.request.body.decode().partition("=")[2] for i in read(path).interactions]


def files(folder):
    return sorted(found.name for found in folder.iterdir())


class Session:
    """One that records without a network."""

    def __init__(self, path, mode):
        self._context = twreplay.use_cassette(path, record_mode=mode)
        self._handler = handler_of(self._context.__enter__())

    def record(self, *names, answer="<x/>"):
        for name in names:
            made = interaction(name, answer)
            self._handler.record(made.request, made.response)
        return self

    def close(self):
        self._context.__exit__(None, None, None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cassette.yaml"


class TestTwoSessions:
    def test_both_recordings_are_kept_in_the_order_of_closing(self, path):
        one, two = Session(path, "new_episodes"), Session(path, "new_episodes")
        one.record("a", "b")
        two.record("c")
        two.close()
        one.close()

        assert names(path) == ["c", "a", "b"]

    def test_what_both_recorded_is_kept_once(self, path):
        one, two = Session(path, "once"), Session(path, "once")
        one.record("same", "same", "a").close()
        two.record("same", "b").close()

        assert names(path) == ["same", "same", "a", "b"]

    def test_the_same_request_twice_in_one_session_is_two(self, path):
        Session(path, "once").record("a").close()
        Session(path, "new_episodes").record("a").close()

        assert names(path) == ["a", "a"]

    def test_all_replaces_what_the_other_one_recorded(self, path):
        one, two = Session(path, "all"), Session(path, "all")
        two.record("a", "b", answer="<old/>").close()
        one.record("a", answer="<new/>").close()

        assert names(path) == ["a", "b"]
        assert read(path).interactions[0].response.body == b"<new/>"

    def test_rewrite_keeps_what_it_recorded_itself(self, path):
        one, two = Session(path, "new_episodes"), Session(path, "rewrite")
        one.record("a").close()
        two.record("b").close()

        assert names(path) == ["b"]

    def test_a_file_that_vanished_meanwhile_is_written_anew(self, path):
        Session(path, "once").record("a").close()
        session = Session(path, "new_episodes").record("b")
        path.unlink()
        session.close()

        assert names(path) == ["a", "b"]

    def test_a_file_that_was_damaged_meanwhile_is_left_alone(self, path):
        session = Session(path, "new_episodes").record("b")
        path.write_text("interactions: [")
        with pytest.raises(errors.CassetteCorrupt) as caught:
            session.close()

        assert path.read_text() == "interactions: ["
        assert names(path.with_name("cassette.failed.yaml")) == ["b"]
        assert "what was recorded is in" in caught.value.__notes__[0]


def test_16_threads_with_a_session_each(path):
    everybody_is_in = threading.Barrier(16)

    def record(number):
        session = Session(path, "new_episodes")
        everybody_is_in.wait(60)
        session.record(f"{number}a", f"{number}b").close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(record, range(16)))

    assert sorted(names(path)) == sorted(f"{n}{x}" for n in range(16) for x in "ab")
    assert files(path.parent) == ["cassette.yaml"]


CONFTEST = """
import os, pytest
from local_api import LocalApi, names_point_home

@pytest.fixture(autouse=True)
def home():
    names = ("API_SID", "API_TOKEN", "API_CA", "API_PORT")
    sid, token, ca_file, port = (os.environ[name] for name in names)
    with names_point_home(LocalApi(sid, token, ca_file, int(port))):
        yield
"""

SUITE = """
import os, pytest, requests

@pytest.mark.twreplay("one.yaml", record_mode="new_episodes")
@pytest.mark.parametrize("number", range(24))
def test_one(number):
    auth = (os.environ["API_SID"], os.environ["API_TOKEN"])
    url = f"https://api.twilio.com/2008-08-01/Accounts/{auth[0]}/Calls?page={number}"
    assert requests.get(url, auth=auth, timeout=30).status_code == 200
"""


@pytest.mark.slow
def test_workers_of_xdist_record_24_tests_into_one_cassette(pytester, monkeypatch):
    pytester.makepyfile(test_it=SUITE)
    pytester.makeconftest(CONFTEST)
    with local_api() as api:
        monkeypatch.setenv("PYTHONPATH", str(TESTS.parent / "examples" / "recording"))
        monkeypatch.setenv("API_SID", api.account_sid)
        monkeypatch.setenv("API_TOKEN", api.auth_token)
        monkeypatch.setenv("API_CA", api.ca_file)
        monkeypatch.setenv("API_PORT", str(api.port))
        result = run_inner(pytester, "-n", "2")

    result.assert_outcomes(passed=24)
    folder = pytester.path / "cassettes" / "test_it"
    pages = [i.request.query for i in read(folder / "one.yaml").interactions]
    assert sorted(pages) == sorted((("page", str(number)),) for number in range(24))
    assert files(folder) == ["one.yaml"]


class TestLock:
    def test_is_waited_for_and_then_told_of(self, path):
        session = Session(path, "once").record("a")
        with hold_lock(path), with_patience(0.05):
            with pytest.raises(errors.CassetteNotSaved, match="another process"):
                session.close()

        assert names(path.with_name("cassette.failed.yaml")) == ["a"]

    def test_leaves_nothing_beside_the_cassette(self, path):
        with hold_lock(path):
            assert files(path.parent) == []

    def test_without_a_place_for_it_the_recording_is_saved_all_the_same(
        self, path, monkeypatch, tmp_path
    ):
        monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "nowhere" / "x"))
        Session(path, "once").record("a").close()

        assert names(path) == ["a"]


class TestDrafts:
    def test_of_killed_processes_are_swept(self, path):
        left = path.with_name(".cassette.yaml.999999.1.part")
        left.write_text("half of it")
        os.utime(left, (1e9, 1e9))
        Session(path, "once").record("a").close()

        assert files(path.parent) == ["cassette.yaml"]

    def test_of_others_that_are_writing_are_left_alone(self, path):
        fresh = path.with_name(".cassette.yaml.999999.1.part")
        of_another = path.with_name(".other.yaml.999999.1.part")
        fresh.write_text("half of it")
        of_another.write_text("half of it")
        os.utime(of_another, (1e9, 1e9))
        Session(path, "once").record("a").close()

        assert fresh.exists()
        assert of_another.exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")
def test_kills_leave_the_old_file_or_the_new_one():
    script = [sys.executable, str(TESTS / "kills.py"), "60", "7"]
    done = subprocess.run(script, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ": 0 damaged files" in done.stdout
