"""Processes that are killed while they record; see tests/kills.py for a thousand of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cassette_files import read
from recorder import record_pages

import twreplay

TESTS = Path(__file__).parents[1]

on_posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="the script forks")


@pytest.mark.parametrize("call", ["chmod", "fsync", "replace"])
def test_ctrl_c_while_it_is_written_leaves_the_old_file_and_nothing_else(
    call, tmp_path, monkeypatch
):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        record_pages(cassette, 0, 1)
    before = path.read_bytes()

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", interrupt)
    else:
        monkeypatch.setattr(Path, call, interrupt)
    with (
        pytest.raises(KeyboardInterrupt),
        twreplay.use_cassette(path, record_mode="new_episodes") as cassette,
    ):
        record_pages(cassette, 1, 1)

    assert [path] == list(tmp_path.iterdir())
    assert path.read_bytes() == before


class TestDraftsOfKilledProcesses:
    @pytest.fixture
    def draft(self, tmp_path):
        draft = tmp_path / ".calls.yaml.123.456.part"
        draft.write_text("half of a casset")
        return draft

    def record(self, tmp_path):
        with twreplay.use_cassette(tmp_path / "calls.yaml", record_mode="once") as cassette:
            record_pages(cassette, 0, 1)

    def test_are_swept_by_the_next_recording(self, draft, tmp_path):
        os.utime(draft, (0, 0))

        self.record(tmp_path)

        assert [path.name for path in tmp_path.iterdir()] == ["calls.yaml"]

    def test_are_let_be_while_somebody_may_still_write_them(self, draft, tmp_path):
        self.record(tmp_path)

        assert draft.exists()

    def test_of_other_cassettes_are_let_be(self, draft, tmp_path):
        other = draft.rename(tmp_path / ".other.yaml.123.456.part")
        os.utime(other, (0, 0))

        self.record(tmp_path)

        assert other.exists()


class TestWhatTheFileSystemRefuses:
    """What each of these does to a file is in tests/cassette/test_damage.py for reading."""

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "calls.yaml"
        with twreplay.use_cassette(path, record_mode="once") as cassette:
            record_pages(cassette, 0, 1)
        return path

    def refused(self, path):
        before = path.read_bytes()
        with (
            pytest.raises(twreplay.errors.CassetteNotSaved) as caught,
            twreplay.use_cassette(path, record_mode="new_episodes") as cassette,
        ):
            record_pages(cassette, 1, 1)
        assert path.read_bytes() == before
        return str(caught.value)

    def test_a_read_only_file_is_not_replaced_not_even_by_root(self, path):
        path.chmod(0o444)

        assert "the file is read-only" in self.refused(path)

    def test_permissions_stay(self, path):
        path.chmod(0o640)
        with twreplay.use_cassette(path, record_mode="new_episodes", allow_unused=True) as cassette:
            record_pages(cassette, 1, 1)

        assert path.stat().st_mode & 0o777 == 0o640

    def test_a_link_stays_one(self, path):
        link = path.with_name("link.yaml")
        link.symlink_to(path.name)
        with twreplay.use_cassette(link, record_mode="new_episodes", allow_unused=True) as cassette:
            record_pages(cassette, 1, 1)

        assert link.is_symlink()
        assert len(read(path).interactions) == 2

    @on_posix
    def test_no_room_leaves_the_old_file_and_nothing_else(self, path):
        """A limit of the system stands in for a full disk: writing stops in the middle."""
        before = path.read_bytes()
        program = (
            "import resource, sys, twreplay\n"
            "from recorder import record_pages\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
            "with twreplay.use_cassette(sys.argv[1], record_mode='new_episodes') as cassette:\n"
            "    record_pages(cassette, 1, 1, b'<a/>' * 10_000)\n"
        )

        done = subprocess.run(
            [sys.executable, "-B", "-c", program, str(path)],  # or bytecode is cut off, too
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            timeout=300,
        )

        assert "CassetteNotSaved: " in done.stderr
        assert "could not be written: File too large" in done.stderr
        assert [path] == list(path.parent.iterdir())
        assert path.read_bytes() == before
