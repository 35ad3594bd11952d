"""
Keeps what a marked test sends outside of its session from reaching the API, in a run of pytest.

A fixture of a class or a module sends before the test's session opens, and what a test leaves
running sends after. Tests that do not use twreplay are let be.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from twreplay import _stats

if TYPE_CHECKING:
    from twreplay.errors import UsageError

_FIXTURES = ("twilio", "twilio_cassette", "twilio_module", "twilio_session")
_REFUSED = pytest.StashKey[list[str]]()
_FROM_WORKER = "twreplay_refused"


class Guard:
    """Refuses, and remembers what was refused. A plugin apart, registered for each run."""

    def __init__(self) -> None:
        self._item: pytest.Item | None = None
        self._refused: list[str] = []
        self._is_used = False
        self._let_be: list[object] = []
        self._before: Callable[[str], UsageError | None] | None = None
        # Sessions that no fixture opens, but a decorator or a block, are outlived as well.
        self._outer, _stats.on_refusal = _stats.on_refusal, self._note

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Refuse what a test that uses twreplay sends outside of its session."""
        if not _uses_twreplay(item):
            return (yield)
        self._begin(item)
        try:
            return (yield)
        finally:
            self._end()

    def _begin(self, item: pytest.Item) -> None:
        from twreplay._interception import guard

        item.stash[_REFUSED] = []
        self._item, self._is_used = item, True
        self._before = guard(self._objection)

    def _end(self) -> None:
        from twreplay._interception import guard

        self._item = None
        guard(self._before)

    def _objection(self, host: str) -> UsageError | None:
        """Return the objection to a request to *host*, which no session takes; None for none."""
        from twreplay._address import API_HOST

        if host != API_HOST or self._item is None or self._let_be:
            return None
        error = _outside(host, self._item.nodeid)
        self._item.stash[_REFUSED].append(str(error))
        self._note(str(error))
        return error

    def _note(self, error: str) -> None:
        where = f" ({self._item.nodeid})" if self._item is not None else ""
        self._refused.append(error.splitlines()[0] + where)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail with the reason, though a fixture may have caught what it was told."""
        try:
            yield
        except BaseException:
            item.stash[_REFUSED] = []  # it is reported already
            raise
        _tell(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail with the reason if the test, or what it ended with, sent something."""
        try:
            yield
        except BaseException:
            item.stash[_REFUSED] = []
            raise
        _tell(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, object, object]:
        """Allow a wider fixture of a test without twreplay to end as it began."""
        if self._item is not None or fixturedef.scope == "function":
            return (yield)
        try:
            return (yield)
        finally:
            fixturedef.addfinalizer(lambda: self._let_be.append(fixturedef))

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        """End what *pytest_fixture_setup* began."""
        while fixturedef in self._let_be:
            self._let_be.remove(fixturedef)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what a worker of pytest-xdist has refused."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_FROM_WORKER] = self._refused

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker of pytest-xdist has refused."""
        self._refused += getattr(node, "workeroutput", {}).get(_FROM_WORKER, ())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was refused, as a thread or a task may have hidden it."""
        if not self._refused:
            return
        terminalreporter.section("twreplay: requests to the API outside of a session, not sent")
        for line in dict.fromkeys(self._refused):
            terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        """Lift the guard until the process exits: what is sent then is refused."""
        _stats.on_refusal = self._outer
        if self._is_used:
            from twreplay._interception import guard

            guard(self._before)
            atexit.unregister(guard)  # one is enough, of several runs in one process
            atexit.register(guard, _at_exit)


def _uses_twreplay(item: pytest.Item) -> bool:
    """Return whether *item* has a session, by the mark or by a fixture of this plugin's."""
    if item.get_closest_marker("twreplay") is not None:
        return True
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for name in _FIXTURES:
        # The last one is used: a suite may have a fixture of its own of that name, built on ours.
        for definition in known.get(name, ())[-1:]:
            if definition.func.__module__ == "twreplay._pytest.fixtures":
                return True
            if name in definition.argnames:
                return True
    return False


def _tell(item: pytest.Item) -> None:
    if refused := item.stash.get(_REFUSED, None):
        item.stash[_REFUSED] = []
        pytest.fail(refused[0], pytrace=False)


def _outside(host: str, test: str) -> UsageError:
    from twreplay._call_site import find_call_site
    from twreplay._explanation import Explanation, Remedy
    from twreplay.errors import UsageError

    site = find_call_site()
    return UsageError(
        Explanation(
            headline=f"a request to {host} was made while no session of the test was open, and "
            "was not sent.",
            place=((f"sent by {site}",) if site else ()) + (f"for {test}",),
            detail="The session of a marked test opens after the fixtures of its class, module and "
            "run, and closes before they end.",
            remedies=(
                Remedy(
                    "A wider fixture sends it: open a session there.",
                    'with twreplay.use_cassette("cassettes/fixture.yaml"): ...',
                ),
                Remedy("Or send it from the test, or from a fixture that asks for twilio."),
                Remedy("A thread or task sends it: wait for it in the test."),
            ),
            anchor="usage-error",
        )
    )


def _at_exit(host: str) -> UsageError | None:
    from twreplay._address import API_HOST

    return _outside(host, "what runs as Python exits") if host == API_HOST else None
