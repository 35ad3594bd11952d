"""What the user has changed, passed on or left out before it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from twreplay._address import API_HOST, API_ROOT, is_this_version
from twreplay._cassette import find_flaw
from twreplay._http import Interaction, Request, Response
from twreplay._matching import count_arguments, is_coroutine_function
from twreplay.errors import UsageError

RequestHook: TypeAlias = Callable[[Request], "Request | None"]
ResponseHook: TypeAlias = Callable[..., "Response | None"]

NOT_RECORDED: Final = ("429", "5xx")
"""The statuses of the API that are not recorded by default: they say how a moment was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHooks:
    """
    Functions and patterns that decide what of a session goes on the cassette.

    Attributes:
        requests: Called with each request, in order, while recording and while replaying; with
            each webhook while recording.

        responses: Called with each response that is about to be recorded, of a webhook too.

        passes: Patterns of requests that are not this session's.

        skip_statuses: Statuses that are not recorded; None for the default.

        hosts: The hosts whose interactions a cassette plays.
    """

    requests: tuple[RequestHook, ...] = ()
    responses: tuple[ResponseHook, ...] = ()
    passes: tuple[str, ...] = ()
    skip_statuses: tuple[str, ...] | None = None
    hosts: frozenset[str] = frozenset({API_HOST})

    @property
    def may_pass(self) -> bool:
        """True if a request of the API may go past the session."""
        return bool(self.requests or self.passes)

    def change_request(self, request: Request) -> Request | None:
        """
        Return *request* as it is recorded and compared; None if it is not this session's.

        Raises:
            UsageError: A hook returned something else, or what no cassette plays.
        """
        if self.passes and self._is_passed(request):
            return None
        return self._change(request, self._check_address)

    def _change(
        self, request: Request, check: Callable[[Callable[..., Any], Request], None]
    ) -> Request | None:
        """Return what the hooks make of *request*; *check* refuses what one returned."""
        changed: Request | None = request
        for hook in self.requests:
            if changed is None:
                return None
            given, changed = changed, hook(changed)
            _check_result("before_record_request", hook, changed, Request)
            if changed is not None and changed is not given:
                _check_readable("before_record_request", hook, Interaction(changed, Response(200)))
                check(hook, changed)
        return changed

    def _check_address(self, hook: Callable[..., Any], changed: Request) -> None:
        """
        See to it that a request that *hook* has changed can be played.

        Raises:
            UsageError: It is of another host, or another version of the API.
        """
        if changed.host in self.hosts and is_this_version(changed):
            return
        hosts = ", ".join(sorted(self.hosts))
        msg = (
            f"before_record_request: {_name(hook)} returned a Request that no cassette plays: its "
            f"host is to be {hosts}, and its path to begin with {API_ROOT}. Leave host and version "
            "as they are, or return None to let the request pass."
        )
        raise UsageError(msg)

    def change_response(self, request: Request, response: Response) -> Response | None:
        """
        Return *response* as it is recorded; None if the interaction is not.

        Raises:
            UsageError: A hook returned something else.
        """
        changed: Response | None = response
        for hook in self.responses:
            if changed is None:
                return None
            given = changed
            changed = hook(changed, request) if count_arguments(hook) > 1 else hook(changed)
            _check_result("before_record_response", hook, changed, Response)
            if changed is not None and changed is not given:
                _check_readable("before_record_response", hook, Interaction(request, changed))
        return changed

    @property
    def changes(self) -> bool:
        """True if a function changes what is recorded."""
        return bool(self.requests or self.responses)

    def change_webhook(
        self, request: Request, response: Response
    ) -> tuple[Request, Response] | None:
        """
        Return a webhook and the application's answer as they are recorded; None if they are not.

        *passes* is for requests to the API, and so are statuses and *hosts*.

        Raises:
            UsageError: A hook returned something else.
        """
        asked = self._change(request, lambda hook, changed: None)
        if asked is None:
            return None
        answered = self.change_response(asked, response)
        return None if answered is None else (asked, answered)

    def is_skipped(self, status: int, *, is_simulated: bool) -> bool:
        """Return whether a response with this *status* is left out of the recording."""
        patterns = self.skip_statuses
        if patterns is None:
            patterns = () if is_simulated else NOT_RECORDED
        return any(p in (str(status), f"{status // 100}xx") for p in patterns)

    def _is_passed(self, request: Request) -> bool:
        path = request.path.removeprefix("/2008-08-01")
        line = f"{request.effective_method} {path}"
        return any(fnmatchcase(line if " " in p else path, p) for p in self.passes)


def read_hooks(name: str, given: object) -> tuple[Callable[..., Any], ...]:
    """
    Check one function, or several.

    Raises:
        UsageError: Something in *given* is no function, or an async one.
    """
    if given is None:
        return ()
    hooks = (given,) if callable(given) else given
    if not isinstance(hooks, Iterable) or isinstance(hooks, str | bytes):
        msg = f"{name} is a function or several, not {type(given).__name__}."
        raise UsageError(msg)
    kept = tuple(hooks)
    for hook in kept:
        if not callable(hook):
            msg = f"{name} is a function or several, and {type(hook).__name__} is none."
            raise UsageError(msg)
        if is_coroutine_function(hook):
            msg = f"{name}: {_name(hook)} is an async function; write it with def."
            raise UsageError(msg)
    return kept


def read_statuses(given: object) -> tuple[str, ...] | None:
    """
    Check *skip_statuses*: ``429``, ``5xx``, or several; None for the default.

    Raises:
        UsageError: Something in *given* is no status.
    """
    if given is None:
        return None
    if isinstance(given, str):
        entries: tuple[object, ...] = tuple(given.replace(",", " ").split())
    else:
        entries = tuple(given) if isinstance(given, Iterable) else (given,)
    for entry in entries:
        text = str(entry)
        if len(text) != 3 or text[0] not in "12345" or not (text[1:] == "xx" or text.isdecimal()):
            msg = f'skip_statuses has no status {entry!r}; statuses are 404, "5xx" and the like.'
            raise UsageError(msg)
    return tuple(str(entry) for entry in entries)


def _check_result(name: str, hook: Callable[..., Any], result: object, kind: type) -> None:
    if result is not None and not isinstance(result, kind):
        msg = (
            f"{name}: {_name(hook)} returned {type(result).__name__}; it returns a "
            f"{kind.__name__}, changed or not, or None to leave it out."
        )
        raise UsageError(msg)


def _check_readable(name: str, hook: Callable[..., Any], interaction: Interaction) -> None:
    """
    See to it that what *hook* returned can be read once it is written.

    Raises:
        UsageError: It cannot.
    """
    if flaw := find_flaw(interaction):
        msg = f"{name}: {_name(hook)} returned what no cassette can hold: {flaw}."
        raise UsageError(msg)


def _name(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__qualname__", repr(hook))
