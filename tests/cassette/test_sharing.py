"""Several recorders of one cassette: nothing is lost, nothing is there twice, nobody waits long."""

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
from conftest import ACCOUNT, SMS_AND_CALLS
from extent import mark_slow_but
from inner_runs import run_inner
from recorder import record_pages

import twreplay
from twreplay import errors

RECORDER = Path(__file__).parents[1] / "recorder.py"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calls.yaml"


def pages(path: Path) -> list[str]:
    return [dict(i.request.query)["page"] for i in read(path).interactions]


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def record_at_once(path: Path, mode: str, each: list[tuple[int, int]]) -> None:
    """A process for each; all have opened the cassette before one has recorded anything."""
    ranges = [f"{first}:{count}" for first, count in each]
    command = [sys.executable, str(RECORDER), str(path), mode, *ranges]
    subprocess.run(command, check=True, timeout=300)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the recorder forks")
class TestProcesses:
    @pytest.mark.parametrize("mode", mark_slow_but("once", of=["once", "new_episodes", "all"]))
    def test_eight_lose_nothing(self, mode, path):
        record_at_once(path, mode, [(first, 3) for first in range(0, 24, 3)])

        assert sorted(pages(path), key=int) == numbers(24)
        assert [path] == list(path.parent.iterdir())

    def test_what_one_records_stays_together_in_its_order(self, path):
        record_at_once(path, "once", [(first, 3) for first in range(0, 24, 3)])

        found = [int(page) for page in pages(path)]
        blocks = [found[start : start + 3] for start in range(0, 24, 3)]
        assert all(block == [block[0], block[0] + 1, block[0] + 2] for block in blocks)

    @pytest.mark.slow
    @pytest.mark.parametrize("mode", ["once", "new_episodes", "all"])
    def test_what_all_of_them_ask_is_there_once(self, mode, path):
        record_at_once(path, mode, [(0, 3)] * 4)

        assert pages(path) == numbers(3)

    def test_of_those_that_rewrite_the_last_one_stays_whole(self, path):
        record_at_once(path, "rewrite", [(first, 3) for first in range(0, 12, 3)])

        first, *others = pages(path)
        assert others == [str(int(first) + 1), str(int(first) + 2)]


def test_eight_threads_lose_nothing(path):
    opened = threading.Barrier(8)

    def run(first: int) -> None:
        with twreplay.use_cassette(path, record_mode="once") as cassette:
            opened.wait(timeout=60)
            record_pages(cassette, first, 3)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(0, 24, 3)))

    assert sorted(pages(path), key=int) == numbers(24)


@pytest.mark.slow
def test_four_workers_of_xdist_lose_nothing(pytester):
    pytester.makepyfile(
        "import pytest, recorder\n"
        "@pytest.mark.twreplay('all.yaml', allow_unused=True)\n"
        "@pytest.mark.parametrize('page', range(24))\n"
        "def test_page(page, twilio_cassette):\n"
        "    recorder.record_pages(twilio_cassette, page, 1)\n"
        "@pytest.fixture\n"
        "def twreplay_cassette_dir(request): return request.path.parent\n"
    )
    pytester.makeini(f"[pytest]\npythonpath = {RECORDER.parent}\n")

    result = run_inner(pytester, "-W", "error", "-n", "4", "--twreplay-record=once")

    result.assert_outcomes(passed=24)
    assert sorted(pages(pytester.path / "all.yaml"), key=int) == numbers(24)
    left = {each.name for each in pytester.path.iterdir()}
    assert not [name for name in left if name.startswith(".all") or name.endswith(".lock")]


class TestWhileItIsOpen:
    """Another one writes the file while a session has it open."""

    def test_what_comes_second_is_added(self, path):
        with twreplay.use_cassette(path, record_mode="once") as outer:
            record_pages(outer, 0, 2)
            with twreplay.use_cassette(path, record_mode="once") as inner:
                record_pages(inner, 2, 1)

        assert pages(path) == ["2", "0", "1"]

    def test_of_equal_requests_as_many_stay_as_one_session_needs(self, path):
        with twreplay.use_cassette(path, record_mode="once") as outer:
            for _ in range(2):
                record_pages(outer, 0, 1)
            with twreplay.use_cassette(path, record_mode="once") as inner:
                record_pages(inner, 0, 1)

        assert pages(path) == ["0", "0"]

    def test_all_takes_the_place_of_what_the_other_recorded(self, path):
        with twreplay.use_cassette(path, record_mode="all") as outer:
            record_pages(outer, 0, 1, b"<later/>")
            with twreplay.use_cassette(path, record_mode="all") as inner:
                record_pages(inner, 0, 2, b"<earlier/>")

        bodies = [i.response.body for i in read(path).interactions]
        assert bodies == [b"<later/>", b"<earlier/>"]

    @pytest.mark.parametrize("mode", ["new_episodes", "all", "rewrite"])
    def test_a_file_that_vanished_is_written_again(self, mode, path):
        with twreplay.use_cassette(path, record_mode="once") as cassette:
            record_pages(cassette, 0, 2)
        with twreplay.use_cassette(path, record_mode=mode) as cassette:
            record_pages(cassette, 0, 2)
            record_pages(cassette, 2, 1)
            path.unlink()

        assert pages(path) == ["0", "1", "2"]

    @pytest.mark.parametrize("mode", ["all", "rewrite"])
    def test_a_file_that_vanished_is_written_again_with_nothing_new(self, mode, path):
        with twreplay.use_cassette(path, record_mode="once") as cassette:
            record_pages(cassette, 0, 2)
        with twreplay.use_cassette(path, record_mode=mode) as cassette:
            record_pages(cassette, 0, 2)
            path.unlink()

        assert pages(path) == ["0", "1"]

    @pytest.mark.parametrize("mode", ["new_episodes", "all"])
    def test_a_file_that_was_damaged_is_left_and_the_recording_kept(self, mode, path):
        path.write_text(SMS_AND_CALLS)

        with (
            pytest.raises(errors.CassetteCorrupt) as caught,
            twreplay.use_cassette(path, record_mode=mode) as cassette,
        ):
            record_pages(cassette, 0, 1)
            path.write_text("<<<<<<< HEAD\n")

        assert path.read_text() == "<<<<<<< HEAD\n"
        assert "page=0" in (path.parent / "calls.failed.yaml").read_text()
        assert "calls.failed.yaml" in "".join(caught.value.__notes__)


class TestLock:
    def test_is_not_held_while_the_block_runs(self, path):
        with twreplay.use_cassette(path, record_mode="once"), hold_lock(path):
            pass

    def test_who_waits_too_long_is_told_and_keeps_the_recording(self, path):
        held, let_go = threading.Event(), threading.Event()

        def hold() -> None:
            with hold_lock(path):
                held.set()
                let_go.wait(timeout=60)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(hold)
            held.wait(timeout=60)
            try:
                with (
                    with_patience(0.01),
                    pytest.raises(errors.CassetteNotSaved, match="another process"),
                    twreplay.use_cassette(path, record_mode="once") as cassette,
                ):
                    record_pages(cassette, 0, 1)
            finally:
                let_go.set()

        assert [each.name for each in path.parent.iterdir()] == ["calls.failed.yaml"]

    def test_one_file_by_two_names_has_one_lock(self, path):
        path.write_text(SMS_AND_CALLS)
        other = path.with_name("link.yaml")
        other.symlink_to(path)

        with ThreadPoolExecutor(1) as pool, with_patience(0.01), hold_lock(path):

            def locked_out() -> None:
                with pytest.raises(errors.CassetteNotSaved, match="another process"):
                    with twreplay.use_cassette(other, record_mode="new_episodes") as cassette:
                        record_pages(cassette, 0, 1)

            pool.submit(locked_out).result(timeout=60)

    def test_without_a_place_for_locks_it_is_recorded_all_the_same(self, path, monkeypatch):
        monkeypatch.setattr("tempfile.gettempdir", lambda: "/nowhere/at/all")

        with twreplay.use_cassette(path, record_mode="once") as cassette:
            record_pages(cassette, 0, 1)

        assert pages(path) == ["0"]


def test_tests_that_share_a_cassette_make_it_together_in_mode_once(pytester):
    """In the run that makes it. In the next one it is there, and nothing is recorded."""
    test = (
        "def test_{}():\n"
        "    with twreplay.use_cassette('all.yaml', record_mode='once', allow_unused=True) as c:\n"
        "        recorder.record_pages(c, {}, 1)\n"
    )
    source = "import twreplay, recorder\n" + "".join(test.format(n, n) for n in range(4))
    pytester.makepyfile(source)
    pytester.makeini(f"[pytest]\npythonpath = {RECORDER.parent}\n")

    run_inner(pytester, "-W", "error").assert_outcomes(passed=4)
    pytester.makepyfile(source + test.format(4, 4))

    run_inner(pytester, "-W", "error").assert_outcomes(passed=4, failed=1)
    assert sorted(pages(pytester.path / "all.yaml")) == numbers(4)


def test_a_cassette_that_a_test_has_copied_into_place_is_no_part_of_the_run(pytester):
    """In mode once it is complete: nothing that is not on it may be sent."""
    pytester.makepyfile(
        "import pathlib, twreplay\n"
        "def test_copy():\n"
        f"    pathlib.Path('copy.yaml').write_text({SMS_AND_CALLS!r})\n"
        "    options = dict(record_mode='once', allow_unused=True)\n"
        "    with twreplay.use_cassette('copy.yaml', **options) as cassette:\n"
        "        assert not cassette.records\n"
    )

    run_inner(pytester, "-W", "error").assert_outcomes(passed=1)


def test_a_recorder_says_who_it_is():
    """The account of the recorder is that of the other tests, so that its cassettes are theirs."""
    assert ACCOUNT in record_pages.__globals__["BASE"]
