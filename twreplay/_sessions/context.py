"""Session contexts: context manager, async context manager and decorator in one."""

from __future__ import annotations

import functools
import inspect
import sys
import weakref
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeAlias, TypeVar, cast

from twreplay._interception import Handler, deactivate, go_to, mark, opened_since
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
        if isinstance(decorated, staticmethod | classmethod):
            return cast("Decorated", type(decorated)(self(decorated.__func__)))
        if inspect.isclass(decorated):
            from twreplay._sessions.decorated_classes import (
                decorate,
            )  # late: most doors are functions

            decorate(self, decorated, self._name)
            return decorated
        if not callable(decorated):
            msg = f"{self._name} decorates functions and classes, not {decorated!r}."
            raise UsageError(msg)
        return cast("Decorated", self.wrap(decorated, find_function(decorated).__qualname__))

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
        maker = _MAKERS.get(getattr(function, "__code__", None))
        if maker is not None:
            # What it makes enters the generator later, and anew where it decorates.
            generator = function.__wrapped__  # type: ignore[attr-defined]
            made: Callable[..., Any] = maker(self.wrap(generator, name, opened_around))
            return made
        signature = _read_signature(function)
        passes = self.parameter if self.parameter in signature.parameters else ""

        def door() -> AbstractDoor[Opened]:
            opened = opened_around()
            return self._recreate(function, name) if opened is None else _Ajar(opened)

        call: _Call[Opened] = _build_call(function, signature, passes)
        wrapper = _wrap_function(call, door, function)
        functools.update_wrapper(wrapper, function)
        if passes:
            # Removed from the signature: pytest would look for a fixture of that name.
            kept = [p for p in signature.parameters.values() if p.name != passes]
            wrapper.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return wrapper


def find_function(decorated: Callable[..., Any]) -> Any:
    """Return what names *decorated*: the function of a partial, the class of an object."""
    while isinstance(decorated, functools.partial):
        decorated = decorated.func
    return decorated if hasattr(decorated, "__qualname__") else type(decorated)


def _read_signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except ValueError:  # some functions written in C have none
        return inspect.Signature()


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


class _Held(_Ajar[Opened]):
    """
    A door that was opened by a call, and is closed when what the call returned has run.

    In between nothing is within the session but that, of which there may be several at once.
    """

    def __init__(self, door: AbstractDoor[Opened], opened: Opened, outside: object) -> None:
        super().__init__(opened)
        self._door: AbstractDoor[Opened] | None = door
        self._inside, self._came_from = mark(), outside
        go_to(outside)

    def __enter__(self) -> Opened:
        self._came_from = mark()
        go_to(self._inside)
        return super().__enter__()

    async def __aenter__(self) -> Opened:
        return self.__enter__()

    def __exit__(self, *error: Any) -> None:
        with self._leaving() as door:
            door.__exit__(*error)

    async def __aexit__(self, *error: Any) -> None:
        with self._leaving() as door:
            await door.__aexit__(*error)

    @contextmanager
    def _leaving(self) -> Iterator[AbstractDoor[Opened]]:
        """Give the door, once, and go back to where what runs was entered."""
        door, self._door = self._door, None
        is_within = mark() is self._inside
        try:
            yield _Ajar(self._opened) if door is None else door
        finally:
            if is_within:
                go_to(self._came_from)

    def close(self) -> None:
        """Close it, if what the call returned was never run."""
        self.__exit__(GeneratorExit, GeneratorExit(), None)


AbstractDoor: TypeAlias = SessionContext[Opened] | _Ajar[Opened]

_Call: TypeAlias = Callable[[Opened, tuple[Any, ...], dict[str, Any]], Any]
"""Calls a function with its arguments, and with what was opened where it has a parameter for it."""


def _build_call(
    function: Callable[..., Any], signature: inspect.Signature, passes: str
) -> _Call[Opened]:
    if not passes:
        return lambda _, args, kwargs: function(*args, **kwargs)
    kind = signature.parameters[passes].kind
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, each in signature.parameters.items() if each.kind in by_position]
    place = names.index(passes) if passes in names else sys.maxsize
    # mock.patch adds its mocks behind the arguments that are given by position.
    is_always_placed = kind is inspect.Parameter.POSITIONAL_ONLY or hasattr(function, "patchings")

    def call(opened: Opened, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(args) > place or (is_always_placed and len(args) == place):
            # The caller counts the parameters without it.
            return function(*args[:place], opened, *args[place:], **kwargs)
        return function(*args, **kwargs, **{passes: opened})

    return call


def _around_async_generator(
    call: _Call[Opened], door: Callable[[], AbstractDoor[Opened]]
) -> Callable[..., Any]:
    async def around_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        async with door() as opened:
            inner = call(opened, args, kwargs)
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


def _around_generator(
    call: _Call[Opened], door: Callable[[], AbstractDoor[Opened]]
) -> Callable[..., Any]:
    def around_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with door() as opened:
            return (yield from call(opened, args, kwargs))

    return around_generator


def _around_coroutine(
    call: _Call[Opened], door: Callable[[], AbstractDoor[Opened]]
) -> Callable[..., Any]:
    async def around_coroutine(*args: Any, **kwargs: Any) -> Any:
        async with door() as opened:
            return await call(opened, args, kwargs)

    return around_coroutine


class _AwaitedLater:
    """Stands for what is awaited or entered, as requests of aiohttp are, in a session."""

    def __init__(self, inner: Any, door: AbstractDoor[Any]) -> None:
        self._inner = inner
        self._door = door

    def __await__(self) -> Generator[Any, Any, Any]:
        later = _around_coroutine(lambda *_: self._inner, lambda: self._door)()
        return cast("Generator[Any, Any, Any]", later.__await__())

    async def __aenter__(self) -> Any:
        await self._door.__aenter__()
        try:
            return await type(self._inner).__aenter__(self._inner)
        except BaseException as error:
            await self._door.__aexit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(self, *error: Any) -> Any:
        async with self._door:
            return await type(self._inner).__aexit__(self._inner, *error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _is_coroutine_function(function: Callable[..., Any]) -> bool:
    code = getattr(function, "__code__", None)
    is_marked = code is not None and bool(code.co_flags & inspect.CO_ITERABLE_COROUTINE)
    return is_marked or inspect.iscoroutinefunction(function)  # by types.coroutine


def _is_lazy(result: Any) -> bool:
    """Return whether *result* is a generator, or a map or the like of Python's own."""
    return type(result).__module__ in ("builtins", "itertools") and isinstance(result, Iterator)


# What runs later than it is called: how such a function is known, and how what it returns is.
_LATER: Final = (
    (inspect.isasyncgenfunction, inspect.isasyncgen, _around_async_generator),
    (_is_coroutine_function, inspect.isawaitable, _around_coroutine),
    (inspect.isgeneratorfunction, _is_lazy, _around_generator),
)

# By the code of the functions that they make: all of one maker have the same.
_CONTEXT_MANAGERS: Final[tuple[Any, ...]] = contextmanager, asynccontextmanager
_MAKERS: Final = {maker(lambda: None).__code__: maker for maker in _CONTEXT_MANAGERS}
_MADE: Final = tuple(type(maker(lambda: iter(()))()) for maker in _CONTEXT_MANAGERS)


def _wrap_function(
    call: _Call[Opened], door: Callable[[], AbstractDoor[Opened]], function: Callable[..., Any]
) -> Callable[..., Any]:
    """Wrap *function* in one of the same kind that opens a context around each *call*."""
    for is_kind, _, around in _LATER:
        if is_kind(function):
            return around(call, door)

    def around_function(*args: Any, **kwargs: Any) -> Any:
        outside, opening = mark(), door()
        with ExitStack() as stack:
            opened = stack.enter_context(opening)
            result = call(opened, args, kwargs)
            if isinstance(result, _MADE):
                held = _Held(opening, opened, outside)
                # Wrapped again: a function that holds itself is left to the collector of garbage.
                again = functools.partial(_wrap_function, call, door, function)
                _hold_open_within(result, held, lambda: again()(*args, **kwargs))
            elif (around := _find_later(result)) is not None:
                held = _Held(opening, opened, outside)
                result = _hold_open(held, result, around)
            else:
                return result
            stack.pop_all()
            return result

    return around_function


def _find_later(result: Any) -> Callable[..., Callable[..., Any]] | None:
    """Find what runs *result* in a session; None if it does not run later than it is returned."""
    return next((around for _, is_kind, around in _LATER if is_kind(result)), None)


def _hold_open(held: _Held[Opened], result: Any, around: Callable[..., Callable[..., Any]]) -> Any:
    """
    Return what runs *result*, and then closes what is *held* open.

    A function may return the coroutine of another one, as what other decorators make does.
    """
    if isinstance(result, Awaitable) and not inspect.iscoroutine(result):
        if not hasattr(result, "get_loop"):
            later: Any = _AwaitedLater(result, held)
            weakref.finalize(later, held.close).atexit = False
            return later
        # A future: it is there already, and runs on whether it is awaited or not.
        return result.get_loop().create_task(around(lambda *_: result, lambda: held)())
    later = around(lambda *_: result, lambda: held)()
    weakref.finalize(later, held.close).atexit = False
    return later


def _hold_open_within(manager: Any, held: _Held[Opened], anew: Callable[[], Any]) -> None:
    """
    Have a context *manager* that was made of a generator, and not entered, run in a session.

    Args:
        anew: Calls what returned it once more, for each call of a function that it decorates.
    """
    around = _find_later(manager.gen)
    if around is None:
        return
    inner = manager.gen
    manager.gen = around(lambda *_: inner, lambda: held)()
    weakref.finalize(manager.gen, held.close).atexit = False

    def make_anew(*_: Any, **__: Any) -> Any:
        held.close()
        return anew().gen

    manager.func = make_anew
