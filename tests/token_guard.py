"""
A pytest plugin: at the end of a run no file that it wrote holds a token that it used.

Each token is looked for as it is, percent-encoded and in base64, in the run's temporary folder
(each test's own, those of the processes that tests started, what those printed), in the cassettes
of this repository, and in the run's report and log. A hit fails the run.

What other tools wrote, to be read by us, is in folders named ``written-by-others`` and is let be.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

import pytest

REPOSITORY = Path(__file__).parents[1]
LET_BE = "written-by-others"

TOKENS: set[str] = set()
"""What is looked for. Whoever uses a token that is not the stand-in's adds it."""

_ENDED = pytest.StashKey[tuple[int, list[str]]]()


def forms(token: str) -> Iterator[bytes]:
    """*token* in each form that it could be written in."""
    for text in {token, quote(token, safe=""), quote_plus(token)}:
        yield text.encode()
    for before in range(3):
        # Base64 of a longer text that holds the token, wherever in it: the characters that
        # depend on the token alone.
        encoded = base64.b64encode(b"\0" * before + token.encode())
        yield encoded[-(-before * 8 // 6) : (before + len(token.encode())) * 8 // 6]


def build_pattern(wanted: Iterable[bytes]) -> re.Pattern[bytes]:
    """
    Build a pattern that finds each of *wanted*, which share their beginnings in it.

    One alternative for each of 700 took 15 s for the 66 MB of a run, after its last test; this
    takes 0.6 s.
    """
    return re.compile(_build_tree(sorted(set(wanted))))


def _build_tree(wanted: list[bytes]) -> bytes:
    if len(wanted) == 1 or b"" in wanted:
        return re.escape(wanted[0])
    groups = (list(group) for _, group in groupby(wanted, key=lambda form: form[:1]))
    branches = [re.escape(group[0][:1]) + _build_tree([f[1:] for f in group]) for group in groups]
    return b"(?:" + b"|".join(branches) + b")"


def searched(places: Iterable[Path]) -> Iterator[Path]:
    """The files in *places* that must be free of tokens."""
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if LET_BE not in path.parts and path.is_file() and not path.is_symlink():
                yield path


def pytest_configure(config: pytest.Config) -> None:
    """Take note of the tokens that the local stand-in for the API makes up."""
    import local_api

    def noted(size: int) -> str:
        token = secrets.token_hex(size)
        TOKENS.add(token)
        return token

    local_api.secrets = SimpleNamespace(**{**vars(secrets), "token_hex": noted})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over the tokens of a worker of pytest-xdist."""
    TOKENS.update(getattr(node, "workeroutput", {}).get("tokens", ()))


def content(path: Path) -> bytes:
    """What is in a file; nothing if it is gone, as other runs of pytest remove the oldest."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Search, when all has been written; in workers only hand the tokens on."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["tokens"] = sorted(TOKENS)
        return
    places = [config._tmp_path_factory.getbasetemp(), REPOSITORY / "cassettes"]
    places += (REPOSITORY / "examples").rglob("cassettes")
    for option in ("xmlpath", "log_file"):
        if config.getoption(option, None):
            places.append(Path(config.getoption(option)))
    files = list(searched(places))
    hits = []
    if TOKENS:
        found = build_pattern(form for token in TOKENS for form in forms(token))
        hits = [str(path) for path in files if found.search(content(path))]
    config.stash[_ENDED] = (len(files), hits)
    if hits and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was searched, and where a token was found; never the token."""
    count, hits = config.stash.get(_ENDED, (0, []))
    if hits:
        terminalreporter.section("a token was written", red=True)
        for path in hits:
            terminalreporter.line(path, red=True)
    else:
        terminalreporter.line(f"{count} files searched for {len(TOKENS)} tokens: none found")
