"""``twreplay minimise`` ends what it has started when it is stopped, and obeys ``nohup``."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest
from cassette_files import write
from conftest import BASE

from twreplay import Interaction, Request, Response

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals of POSIX")

PATIENCE = 60

# Fails; from the second time on it starts a child, then signals the command and waits for its end.
# Child and grandchild hold the pipe "lives" open for as long as they live.
PROGRAM = """
import os, pathlib, signal, subprocess, sys
if not pathlib.Path("again").exists():
    pathlib.Path("again").touch()
    sys.exit(1)
pipe = open("lives", "w")
waits = "import signal, sys; pipe = open('lives', 'w'); print(); sys.stdout.flush(); signal.pause()"
child = subprocess.Popen([sys.executable, "-S", "-c", waits], stdout=subprocess.PIPE)
child.stdout.readline()
for name in sys.argv[1:]:
    os.kill(os.getppid(), getattr(signal, name))
signal.pause()
"""

# The command, in which a signal comes as soon as the second process runs.
EARLY = """
import os, runpy, signal, subprocess, sys
class Popen(subprocess.Popen):
    def __init__(self, *given, **options):
        super().__init__(*given, **options)
        if os.path.exists("again"):
            os.kill(os.getpid(), signal.SIGTERM)
subprocess.Popen = Popen
sys.argv[0] = "twreplay"
runpy.run_module("twreplay", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    requests = [Request("GET", f"{BASE}/Calls?page={page}") for page in range(4)]
    write(
        tmp_path / "long.yaml",
        *[Interaction(request, Response(200, {}, b"<Calls/>")) for request in requests],
    )
    (tmp_path / "fails.py").write_text(PROGRAM)
    os.mkfifo(tmp_path / "lives")
    return tmp_path


@pytest.fixture
def pipe(folder):
    """The end to read of the pipe that children hold open."""
    reading = os.open(folder / "lives", os.O_RDONLY | os.O_NONBLOCK)
    yield reading
    os.close(reading)


def minimise(*names, ignored="", start=("-m", "twreplay")):
    """Run the command; a program of its own sends it the signals *names*."""
    trap = ("sh", "-c", f'trap "" {ignored}; exec "$@"', "sh") if ignored else ()
    arguments = ("minimise", "long.yaml", "--", sys.executable, "-S", "fails.py", *names)
    command = [*trap, sys.executable, *start, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False
    ).returncode


def has_ended(pipe):
    """Return whether no process holds the pipe any more; one that is killed takes a moment."""
    try:
        return os.read(pipe, 1) == b""
    except BlockingIOError:
        select.select([pipe], [], [], PATIENCE)
        return os.read(pipe, 1) == b""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_stopped_command_ends_its_child_and_its_childs_children(name, pipe, folder):
    before = (folder / "long.yaml").read_bytes()

    assert minimise(name) == 128 + getattr(signal, name)

    assert has_ended(pipe)
    assert (folder / "long.yaml").read_bytes() == before
    assert not (folder / "long.original.yaml").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("ignored", "name"), [("INT", "SIGINT"), ("HUP", "SIGHUP")])
def test_signal_that_it_was_started_to_ignore_is_ignored(ignored, name, pipe):
    assert minimise(name, "SIGTERM", ignored=ignored) == 128 + signal.SIGTERM

    assert has_ended(pipe)


def test_signal_that_comes_as_the_child_starts_leaves_no_child(pipe, folder):
    assert minimise(start=("-c", EARLY)) == 128 + signal.SIGTERM

    assert has_ended(pipe)
    assert not (folder / "long.original.yaml").exists()
