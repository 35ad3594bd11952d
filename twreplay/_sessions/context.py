"""Session contexts: context manager, async context manager and decorator in one."""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar, cast

from twreplay._interception import Handler, deactivate, mark, opened_since
from twreplay.errors import UsageError

Opened = TypeVar("Opened")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])

Close: TypeAlias = Callable[[BaseException | None], None]
"""Closes the session; takes the exception of the block, or None."""


class SessionContext(ABC, Generic[Opened]):
    """
    A session around a block, or around each call of a function.

    It can be entered again after it was closed; a decorated function opens a new session
    for each call, so calls may overlap.
    """

    parameter = ""
    """A decorated function that has a parameter of this name is passed the session."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._close: Close | None = None
        self._handlers: tuple[Handler, ...] = ()

    if not TYPE_CHECKING:  # No checker should take any name for an attribute.

        def __getattr__(self, name: str) -> NoReturn:
            __tracebackhide__ = True  # pytest shows the line that asked
            msg = f"{self._name}(...) has no {name}"
            if not name.startswith("_"):
                word = self.parameter or "opened"
                msg += (
                    f": it is not open. Use it as `with {self._name}(...) as {word}:`, "
                    f"then {word}.{name}; or as a decorator"
                )
            raise AttributeError(msg)

    @abstractmethod
    def _open(self) -> tuple[Opened, Close]:
        """Open the session; return it with the function that closes it."""

    @abstractmethod
    def _recreate(self, function: Callable[..., Any], name: str) -> SessionContext[Opened]:
        """Return an equal context for one call of *function*."""

    def __enter__(self) -> Opened:
        if self._close is not None:
            msg = f"this {self._name}(...) is open already; make a second one to nest it."
            raise UsageError(msg)
        before = mark()
        try:
            opened, self._close = self._open()
            self._handlers = opened_since(before)
            return opened
        except BaseException:
            # Not the block's: a signal, or an exception that another thread raises in this one.
            for handler in opened_since(before):
                deactivate(handler)
            self._close = None
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            close, self._close = self._close, None
            if close is not None:
                close(error)
        except BaseException:
            for handler in self._handlers:
                deactivate(handler)
            self._close = None
            raise

    async def __aenter__(self) -> Opened:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                await self._finish_async()
            except BaseException as raised:
                self.__exit__(type(raised), raised, raised.__traceback__)
                raise
        self.__exit__(kind, error, traceback)

    async def _finish_async(self) -> None:
        """Finish what needs the running loop, before the session is closed."""

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose requests it answers; empty if it answers none."""
        return frozenset()

    def again(self, function: Callable[..., Any], name: str) -> SessionContext[Opened]:
        """Give another door to the same, for one call of *function*."""
        return self._recreate(function, name)

    def __call__(self, decorated: Decorated) -> Decorated:
        """Open a session around each call of *decorated*, or of a class's test methods."""
        if inspect.isclass(decorated):
            from twreplay._sessions.decorated_classes import (
                decorate,
            )  # late: most doors are functions

            decorate(self, decorated, self._name)
            return decorated
        if not callable(decorated):
            msg = f"{self._name} decorates functions and classes, not {decorated!r}."
            raise UsageError(msg)
        return cast("Decorated", self.wrap(decorated, decorated.__qualname__))

    def wrap(
        self,
        function: Callable[..., Any],
        name: str,
        opened_around: Callable[[], Opened | None] = lambda: None,
    ) -> Callable[..., Any]:
        """
        Give a function that opens around each call of *function*.

        Args:
            opened_around: Gives what is open for the whole test already; None if nothing is.
        """
        signature = inspect.signature(function)
        passes = self.parameter if self.parameter in signature.parameters else ""

        def door() -> AbstractDoor[Opened]:
            opened = opened_around()
            return self._recreate(function, name) if opened is None else _Ajar(opened)

        def given(opened: Opened) -> dict[str, Opened]:
            return {passes: opened} if passes else {}

        wrapper = _wrap_function(function, door, given)
        functools.update_wrapper(wrapper, function)
        if passes:
            # Removed from the signature: pytest would look for a fixture of that name.
            kept = [p for p in signature.parameters.values() if p.name != passes]
            wrapper.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return wrapper


class _Ajar(Generic[Opened]):
    """Stands for a door that somebody else opens and closes."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def __enter__(self) -> Opened:
        return self._opened

    def __exit__(self, *error: object) -> None:
        pass

    async def __aenter__(self) -> Opened:
        return self._opened

    async def __aexit__(self, *error: object) -> None:
        pass


AbstractDoor: TypeAlias = SessionContext[Opened] | _Ajar[Opened]


def _wrap_function(
    function: Callable[..., Any],
    door: Callable[[], AbstractDoor[Opened]],
    given: Callable[[Opened], dict[str, Opened]],
) -> Callable[..., Any]:
    """Wrap *function* in one of the same kind that opens a context around each call."""
    if inspect.isasyncgenfunction(function):

        async def around_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            async with door() as opened:
                inner = function(*args, **kwargs, **given(opened))
                with suppress(StopAsyncIteration):
                    value = await anext(inner)
                    while True:
                        try:
                            sent = yield value
                        except GeneratorExit:
                            await inner.aclose()
                            raise
                        except BaseException as error:
                            value = await inner.athrow(error)
                        else:
                            value = await inner.asend(sent)

        return around_async_generator
    if inspect.isgeneratorfunction(function):

        def around_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            with door() as opened:
                return (yield from function(*args, **kwargs, **given(opened)))

        return around_generator
    if inspect.iscoroutinefunction(function):

        async def around_coroutine(*args: Any, **kwargs: Any) -> Any:
            async with door() as opened:
                return await function(*args, **kwargs, **given(opened))

        return around_coroutine

    def around_function(*args: Any, **kwargs: Any) -> Any:
        with door() as opened:
            return function(*args, **kwargs, **given(opened))

    return around_function
