"""
Classes of tests below a decorator: a session around each test, with its set-up and tear-down.

What runs for the whole class (``setUpClass``) belongs to no test's session. It may open one of its
own; a request without one is refused, because it would be sent.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from twreplay._call_site import CallSite
from twreplay._explanation import Explanation, Remedy
from twreplay._http import Reply, Request, Response
from twreplay._interception import activate, deactivate
from twreplay.errors import UsageError

if TYPE_CHECKING:
    import unittest

    from twreplay._sessions.context import SessionContext

# What unittest and pytest call once for a class.
_FOR_THE_CLASS = ("setUpClass", "tearDownClass", "doClassCleanups", "setup_class", "teardown_class")

_MARK = "__twreplay_decoration__"
_FOUND_BY_PLUGIN = "__twreplay_decorated__"


def decorate(door: SessionContext[Any], decorated: type, name: str) -> None:
    """
    Open a door around each test of a class, of its nested classes and of those derived from it.

    Args:
        name: What the decorator is called.
    """
    _Decoration(door, decorated, name).apply(decorated)


class _Decoration:
    """One decorator on one class."""

    def __init__(self, door: SessionContext[Any], owner: type, name: str) -> None:
        self.door = door
        self.owner = owner
        self.name = name
        # Not of a context: pytest-asyncio runs a test in another one than its fixtures.
        self.opened: Any = None

    def apply(self, cls: type) -> None:
        """Decorate *cls*, which is the owner, derived from it or nested in it."""
        for for_the_class in _FOR_THE_CLASS:
            self._guard(cls, for_the_class)
        if _is_test_case(cls):
            self._wrap_run(cls)
        else:
            self._wrap_methods(cls)
            # The plugin looks for it.
            before = cls.__dict__.get(_FOUND_BY_PLUGIN, ())
            try:
                setattr(cls, _FOUND_BY_PLUGIN, (self, *before))
            except TypeError:
                msg = (
                    f"{self.name} decorates a class of tests, not {cls.__name__}, of Python itself."
                )
                raise UsageError(msg) from None
        for name, nested in list(vars(cls).items()):
            is_own = inspect.isclass(nested) and nested.__qualname__ == f"{cls.__qualname__}.{name}"
            if is_own and (name.startswith("Test") or _is_test_case(nested)):
                _Decoration(self.door, nested, self.name).apply(nested)
        if cls is self.owner:
            self._reach_derived_classes(cls)

    def _reach_derived_classes(self, cls: type) -> None:
        own = cls.__dict__.get("__init_subclass__")

        def init_subclass(derived: Any, /, **keywords: Any) -> None:
            if own is not None:
                own.__get__(None, derived)(**keywords)
            else:
                super(cast("Any", cls), derived).__init_subclass__(**keywords)
            if not _is_test_case(derived):
                self._wrap_methods(derived)
            for name in _FOR_THE_CLASS:
                self._guard(derived, name)

        setattr(cls, "__init_subclass__", classmethod(init_subclass))  # noqa: B010

    # --- what runs for the class --------------------------------------------------------------

    def _guard(self, cls: type, name: str) -> None:
        """Refuse what a method that is called for the whole class asks the API."""
        found = inspect.getattr_static(cls, name, None)
        function = found.__func__ if isinstance(found, classmethod) else found
        if not inspect.isfunction(function) or getattr(function, _MARK, None):
            return

        @functools.wraps(function)
        def guarded(of: Any, *args: Any, **kwargs: Any) -> Any:  # pytest counts the parameters
            if not self.door.hosts:  # block_network: it has no state that could differ by test
                with self.door.again(function, name):
                    return function(of, *args, **kwargs)
            owner = cls.__qualname__.rpartition("<locals>.")[2]
            refusal = _Refusal(self.door.hosts, f"{owner}.{name}", self.name)
            activate(refusal)
            try:
                return function(of, *args, **kwargs)
            finally:
                deactivate(refusal)

        setattr(guarded, _MARK, self)
        setattr(cls, name, classmethod(guarded) if isinstance(found, classmethod) else guarded)

    # --- unittest -----------------------------------------------------------------------------

    def _wrap_run(self, cls: type) -> None:
        for name in ("run", "debug"):
            inner = getattr(cls, name)
            nearer = getattr(inner, _MARK, None)
            if nearer is not None and nearer.owner is not self.owner:
                inner = inner.__wrapped__  # the decorator of a base class: the nearest counts
            setattr(cls, name, self._around_run(inner))

    def _around_run(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner)
        def run(case: unittest.TestCase, *args: Any, **kwargs: Any) -> Any:
            with self._prepared(case):
                return inner(case, *args, **kwargs)

        setattr(run, _MARK, self)
        return run

    @contextmanager
    def _prepared(self, case: unittest.TestCase) -> Iterator[None]:
        """
        Prepare *case* to open a session before its set-up and close it after its last cleanup.

        Its methods are replaced on the instance, so that it does not matter which class has them.
        """
        method = case._testMethodName
        session = _OfCase(case, self._door_for(type(case), method))
        instead = {"setUp": session.set_up, "doCleanups": session.clean_up}
        if (test := getattr(case, method, None)) is not None:
            instead[method] = self.door.wrap(test, method, lambda: session.opened)
        before = {name: case.__dict__[name] for name in instead if name in case.__dict__}
        session.inner = {name: getattr(case, name) for name in instead if name != method}
        case.__dict__.update(instead)
        try:
            yield
        finally:
            for name in instead:
                case.__dict__.pop(name, None)
            case.__dict__.update(before)
            session.close_if_open(sys.exception())

    def _door_for(self, cls: type, method: str) -> SessionContext[Any]:
        found = inspect.getattr_static(cls, method, None)
        function = getattr(found, "__func__", found)
        definer = next((base for base in cls.__mro__ if method in vars(base)), cls)
        named = definer if not issubclass(self.owner, definer) else self.owner
        return self.door.again(
            cast("Callable[..., Any]", function), f"{named.__qualname__}.{method}"
        )

    # --- classes of functions -----------------------------------------------------------------

    def _wrap_methods(self, cls: type) -> None:
        for name in dir(cls):
            if not name.startswith("test"):
                continue
            found = inspect.getattr_static(cls, name)
            kind = type(found) if isinstance(found, staticmethod | classmethod) else None
            function = found.__func__ if kind is not None else found
            if not inspect.isfunction(function):
                continue
            nearer = getattr(function, _MARK, None)
            if nearer is self:
                continue
            if nearer is not None and nearer.owner is not self.owner:
                if self.owner not in cls.__mro__ or issubclass(nearer.owner, self.owner):
                    continue
                function = inspect.unwrap(function, stop=_is_undecorated)
            named = cls if name in vars(cls) else self.owner
            wrapped = self.door.wrap(function, f"{named.__qualname__}.{name}", lambda: self.opened)
            setattr(wrapped, _MARK, self)
            setattr(cls, name, kind(wrapped) if kind is not None else wrapped)

    @contextmanager
    def open_for(self, test: Callable[..., Any]) -> Iterator[None]:
        """Open a session around all that pytest does for *test*."""
        function = inspect.unwrap(getattr(test, "__func__", test))
        with self.door.again(function, f"{self.owner.__qualname__}.{test.__name__}") as opened:
            self.opened = opened
            try:
                yield
            finally:
                self.opened = None


class _OfCase:
    """The session of one run of a ``unittest.TestCase``."""

    def __init__(self, case: unittest.TestCase, door: SessionContext[Any]) -> None:
        self._case = case
        self._door = door
        self.opened: Any = None
        self.inner: dict[str, Callable[..., Any]] = {}

    def set_up(self) -> Any:
        """Open the session, within unittest's own care: what is raised is this test's error."""
        self.opened = self._door.__enter__()
        return self.inner["setUp"]()

    def clean_up(self) -> Any:
        """Run the cleanups, and close the session as the last of them."""
        result = self.inner["doCleanups"]()
        if self.opened is None:
            return result
        # Its own state has failures that its result does not know yet: of subtests, say.
        outcome = getattr(self._case, "_outcome", None)
        failed = outcome is not None and (not outcome.success or outcome.expectedFailure)
        self._case.addCleanup(self._close, _Failed() if failed else None)
        return self.inner["doCleanups"]() and result

    def close_if_open(self, error: BaseException | None) -> None:
        """Close the session of a test that was broken off."""
        if self.opened is not None:
            self._close(error or _Failed())

    def _close(self, error: BaseException | None) -> None:
        self.opened = None
        self._door.__exit__(type(error) if error is not None else None, error, None)


class _Failed(Exception):
    """Stands for what a test raised, where unittest has kept it to itself."""


class _Refusal:
    """Takes the requests of what is called for a whole class, and sends none."""

    def __init__(self, hosts: frozenset[str], place: str, decorator: str) -> None:
        self.hosts = hosts
        self._place = place
        self._decorator = decorator

    def answer(self, request: Request, call_site: CallSite) -> Reply | None:
        """Refuse *request*."""
        raise UsageError(
            Explanation(
                headline=f"{self._place} asks the API, and @{self._decorator} opens a session for "
                "each test, not for the class.",
                place=(f"{request.method} {request.path}",),
                detail="  The request was refused and not sent.",
                remedies=(
                    Remedy(
                        "Open a session for the class in setUpClass.",
                        f"cls.enterClassContext(twreplay.{self._decorator}(...))",
                    ),
                    Remedy("Or ask in setUp: it belongs to the test's session."),
                ),
                anchor="usage-error",
            )
        )

    def sent(self, request: Request) -> None:
        """Do nothing: no request is let through."""

    def not_sent(self, request: Request) -> None:
        """Do nothing: no request is let through."""

    def record(self, request: Request, response: Response) -> None:
        """Do nothing: no request is let through."""

    def interrupted(self, request: Request, problem: str) -> None:
        """Do nothing: no request is let through."""


def _is_undecorated(function: Any) -> bool:
    return not hasattr(function, _MARK)


def _is_test_case(cls: type) -> bool:
    case = getattr(sys.modules.get("unittest.case"), "TestCase", None)
    return case is not None and issubclass(cls, case)
