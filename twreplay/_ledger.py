"""Which tests of a run use which session, and whether they passed. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Written(NamedTuple):
    """
    The effect of a run on a cassette's file.

    Attributes:
        is_new: There was no such file before the run.

        added: How many of its interactions were not in it before the run.

        removed: How many interactions are not in it any more.
    """

    is_new: bool
    added: int
    removed: int

    def __str__(self) -> str:
        if self.is_new:
            return f"new (+{self.added})"
        if not self.added and not self.removed:
            return "the same"
        return f"changed (+{self.added} −{self.removed})"


class Planned(NamedTuple):
    """A test, and the names of the fixtures that it uses."""

    test: str
    fixtures: frozenset[str]


# In each line about a recording that was kept beside its cassette.
BESIDE = "what was recorded is in"


class Aside(NamedTuple):
    """A recording that was kept beside its cassette, and the tests that used it."""

    cassette: str
    beside: str
    tests: frozenset[str]

    def __str__(self) -> str:
        return f"{self.cassette} was left as it was; {BESIDE} {self.beside}"


@dataclass(eq=False, slots=True)
class Frame:
    """
    A phase of a test or the set-up of a fixture, in which sessions are opened.

    A context manager of its own: a test enters six, and one of a generator takes twice as long.

    Attributes:
        stack: The frames that are open, this one among them while its block runs.

        fixture: Which fixture is set up that several tests share; empty for any other.

        base: What the ids of tests begin with that can use the fixture.
    """

    stack: list[Frame] = field(repr=False)
    fixture: str = ""
    base: str = ""

    def __enter__(self) -> None:
        self.stack.append(self)

    def __exit__(self, *error: object) -> None:
        self.stack.remove(self)


@dataclass(eq=False, slots=True)
class Use:
    """One session, as its run sees it: which tests used it from opening to closing."""

    ledger: Ledger
    frame: Frame
    activity: Callable[[], int]
    abandon: Callable[[], object]
    tests: set[str]
    is_of_test: bool = False
    """The session is open exactly while the test's function runs."""
    seen: int = 0

    @property
    def outlived_its_frame(self) -> bool:
        """Return whether the session stayed open when what opened it was done."""
        frames = self.ledger.frames
        if self.frame is frames[0]:
            return bool(self.tests)
        return self.frame not in frames

    def is_good(self) -> bool:
        """Return whether every test that used the session has passed, as far as is known now."""
        return all(map(self.ledger.has_passed, self.tests)) and not self._is_cut_short()

    def is_used_by(self, planned: Planned) -> bool:
        """Return whether a test can use the session."""
        if not self.frame.fixture:
            return self.frame is self.ledger.frames[0]
        return self.frame.fixture in planned.fixtures and planned.test.startswith(self.frame.base)

    def _is_cut_short(self) -> bool:
        ledger = self.ledger
        return ledger.is_stopping and any(map(self.is_used_by, ledger.to_come()))


class Ledger:
    """
    The tests of a run, and the sessions that they use.

    Attributes:
        test: The id of the test that runs; empty between tests.

        function: What that test calls, without decorators.

        has_failed: Whether that test has failed already, though it still runs.

        failed_in_part: The tests of which a part failed, though they went on: subtests.

        frames: What is going on, innermost last.

        is_setting_up: The test that runs is being set up.

        is_stopping: The run ends before all of its tests have run.

        to_come: The tests that have not run yet.

        aside: What was kept beside a cassette instead of in its place, by the cassette's path.

        made: The cassettes that the run recorded into, and of them those that were not there before
            it and that several tests may use, *created*.

        worlds: The simulator that a cassette is recorded from, and the tests that record it from
            there, by the cassette's path.

        before: The digests of the interactions of each cassette that the run recorded, as they
            were before that, by its path; None if there was no file.

        users: The tests whose sessions used a cassette, by its path.

        began: When the run began, in seconds as the system counts them.

        announce: Called with the path of each cassette that is *created*: a worker that is lost
            hands over nothing at its end.
    """

    def __init__(self, began: float) -> None:
        self.began = began
        self.test = ""
        self.function: object = None
        self.has_failed: Callable[[], bool] = lambda: False
        self.failed_in_part: set[str] = set()
        self.frames: list[Frame] = []
        self.frames.append(Frame(self.frames))
        self.is_setting_up = False
        self.is_stopping = False
        self.to_come: Callable[[], Iterable[Planned]] = tuple
        self.aside: dict[str, Aside] = {}
        self.rewrites = Rewrites()
        self.made: set[str] = set()
        self.created: set[str] = set()
        self.announce: Callable[[str], object] = lambda path: None
        self.worlds: dict[str, tuple[object, set[str]]] = {}
        self.before: dict[str, list[str] | None] = {}
        self.users: dict[str, set[str]] = {}
        self._passed: dict[str, bool] = {}
        self._open: list[Use] = []
        self._held: list[tuple[Use, Callable[[], object], Callable[[], object]]] = []

    def note_created(self, path: str) -> None:
        """Note that the run made a cassette that several tests may use."""
        if path not in self.created:
            self.created.add(path)
            self.announce(path)

    def begin_test(self, planned: Planned) -> None:
        """Begin a test, once more perhaps; it has not passed yet."""
        self.test, self.is_setting_up = planned.test, True
        self._passed[planned.test] = False
        self.failed_in_part.discard(planned.test)
        for use in self._open:
            if use.is_used_by(planned):
                use.tests.add(planned.test)

    def end_test(self) -> None:
        """End the test that runs, and see which open sessions it has used."""
        for use in self._open:
            if (now := use.activity()) != use.seen:
                use.seen = now
                use.tests.add(self.test)
        self.test, self.function, self.has_failed = "", None, lambda: False

    def frame(self, fixture: str = "", base: str = "") -> Frame:
        """Return a frame that tells what is opened in its block from what is opened around it."""
        return Frame(self.frames, fixture, base)

    def find_single_user(self) -> str:
        """Return the id of the only test that can use what is opened now; empty without one."""
        frame = self.frames[-1]
        return "" if frame is self.frames[0] or frame.fixture else self.test

    def has_begun(self, test: str) -> bool:
        """Return whether *test* has been run, with any outcome."""
        return test in self._passed

    def judge(self, test: str, *, passed: bool) -> None:
        """Keep what has become of *test*; a later judgement counts."""
        self._passed[test] = passed

    def has_passed(self, test: str) -> bool:
        """Return whether *test* is known to have passed."""
        return self._passed.get(test, False)

    def open_use(
        self,
        activity: Callable[[], int],
        abandon: Callable[[], object],
        function: object = None,
    ) -> Use:
        """
        Follow a session that is being opened.

        Args:
            activity: Counts the requests that it was asked.

            abandon: Keeps what it recorded, if the run ends before it is closed.

            function: The decorated function whose call it is open for.
        """
        tests = {self.test} if self.test else set()
        is_of_test = function is not None and function is self.function
        use = Use(self, self.frames[-1], activity, abandon, tests, is_of_test)
        self._open.append(use)
        return use

    def close_use(self, use: Use) -> None:
        """
        Follow the session no further; the test that runs is one that used it.

        Not so if it is closed while that test is set up, and was asked nothing since: pytest closes
        a fixture with parameters as the first test is set up that has the next parameter.
        """
        self._open.remove(use)
        if self.is_setting_up and use.activity() == use.seen and use.tests != {self.test}:
            use.tests.discard(self.test)
        elif self.test and use.frame is not self.frames[0]:
            use.tests.add(self.test)
        # The session has its use: without the cycle it goes when its test does.
        use.activity = use.abandon = int

    def hold(self, use: Use, commit: Callable[[], object], set_aside: Callable[[], object]) -> None:
        """Keep a recording until it is known whether the tests that used it passed."""
        self._held.append((use, commit, set_aside))

    def find_spoiled(self) -> set[str]:
        """Give the cassettes that a test used which is not known to have passed."""
        return {path for path, tests in self.users.items() if not all(map(self.has_passed, tests))}

    def abandon_the_open(self) -> None:
        """
        Keep the recordings of sessions that are not closed any more.

        After a KeyboardInterrupt in the tear-down of one fixture pytest leaves out those behind it.
        """
        for use in self._open:
            if use.frame is not self.frames[0]:
                use.abandon()

    def settle(self) -> None:
        """
        Put each recording that waits in the place of its cassette, or beside it.

        Raises:
            CassetteError: One of them could not be written.
        """
        held, self._held = self._held, []
        refused: Exception | None = None
        for use, commit, set_aside in held:
            try:
                commit() if use.is_good() else set_aside()
            except Exception as error:  # the recordings that follow are put in their place, too
                if refused is None:
                    refused = error
                else:
                    refused.add_note(str(error))
        if refused is not None:
            raise refused


@dataclass(slots=True)
class Rewrites:
    """
    Interactions that sessions of a run wrote in mode ``rewrite``; none drops another's.

    Attributes:
        written: By cassette and by who wrote it, the digests of interactions.

        unfinished: The cassettes in which old interactions are kept until the run has ended.

        named: The cassettes that say which test has recorded what.
    """

    written: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def note(self, path: str, writer: str, digests: Iterable[str]) -> None:
        """Keep what *writer* wrote last."""
        self.written.setdefault(path, {})[writer] = frozenset(digests)

    def by_others(self, path: str, writer: str) -> frozenset[str]:
        """Give the digests of what others than *writer* wrote."""
        all_of_it = self.written.get(path, {})
        return frozenset().union(*(those for who, those in all_of_it.items() if who != writer))

    def all_in(self, path: str) -> frozenset[str]:
        """Give the digests of all that was written into the cassette."""
        return frozenset().union(*self.written.get(path, {}).values())


_ledgers: list[Ledger] = []
_of_process = Rewrites()


def start(ledger: Ledger) -> None:
    """Follow sessions that are opened from here on with *ledger*."""
    _ledgers.append(ledger)


def stop(ledger: Ledger) -> None:
    """Stop following sessions with *ledger*."""
    if ledger in _ledgers:
        _ledgers.remove(ledger)


def current_ledger() -> Ledger | None:
    """Give the ledger of the innermost run; None outside of one."""
    return _ledgers[-1] if _ledgers else None


def rewrites() -> Rewrites:
    """Give what the run wrote, or the process if there is no run."""
    ledger = current_ledger()
    return _of_process if ledger is None else ledger.rewrites
