"""Assertions about what was requested, whose message shows the nearest request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from twreplay._api import RESOURCES, Action, Operation
from twreplay._display import visible_line
from twreplay._explanation import Explanation, Remedy
from twreplay._http import Request
from twreplay._simulator.journal import Entry, Requests
from twreplay._simulator.user_rules.conditions import (
    Check,
    RequestCondition,
    build_request_condition,
)
from twreplay._simulator.user_rules.known import can_match_path, suggest_path
from twreplay._simulator.user_rules.unused import show_entry
from twreplay._suggestion import check_choice, explain_misuse
from twreplay.errors import RequestAssertionError, UsageError

if TYPE_CHECKING:
    import re

_SHOWN = 3
_LONGEST = 5


@dataclass(frozen=True, slots=True)
class _Subject:
    """
    The subject of an assertion.

    Attributes:
        owner: The name of the assertion.

        noun: One of what is counted.

        verb: What happened to it, in the past.

        operation: The operation; None for any request.
    """

    owner: str
    noun: str
    verb: str
    operation: Operation | None = None


@dataclass(frozen=True, slots=True)
class _Count:
    """The entries that fulfil the conditions, and those that were refused or failed."""

    made: tuple[Entry, ...]
    unsuccessful: tuple[Entry, ...]
    others: tuple[Entry, ...]


class Assertions:
    """Asserts that requests were made, or were not."""

    if TYPE_CHECKING:

        @property
        def requests(self) -> Requests:
            """The journal."""

    @explain_misuse
    def assert_sent(self, *, times: int | None = None, **fields: Any) -> tuple[Entry, ...]:
        """
        Assert that an SMS message was sent.

        Messages that the API refused are counted apart: they were not sent. One whose answer was
        lost on the way was sent.

        Args:
            times: How many there must be; at least one, if it is left out.

            fields: What the form must hold, such as ``To="4155551212"``; the conditions of
                ``when``.

        Returns:
            The entries of the journal.

        Raises:
            RequestAssertionError: Another number was sent; the message shows the nearest request.
        """
        __tracebackhide__ = True
        subject = _Subject("assert_sent", "SMS message", "sent", _find(Action.SEND_SMS))
        return self._assert(subject, "POST", "/SMS/Messages", times, fields)

    @explain_misuse
    def assert_not_sent(self, **fields: Any) -> None:
        """
        Assert that no SMS message was sent.

        Args:
            fields: As ``assert_sent`` takes them.

        Raises:
            RequestAssertionError: One was sent.
        """
        __tracebackhide__ = True
        subject = _Subject("assert_not_sent", "SMS message", "sent", _find(Action.SEND_SMS))
        self._assert(subject, "POST", "/SMS/Messages", 0, fields)

    @explain_misuse
    def assert_called(self, *, times: int | None = None, **fields: Any) -> tuple[Entry, ...]:
        """
        Assert that a call was made.

        Args:
            times: How many there must be; at least one, if it is left out.

            fields: What the form must hold, such as ``Called="4155551212"``; the conditions of
                ``when``.

        Returns:
            The entries of the journal.

        Raises:
            RequestAssertionError: Another number was made; the message shows the nearest request.
        """
        __tracebackhide__ = True
        subject = _Subject("assert_called", "call", "made", _find(Action.MAKE_CALL))
        return self._assert(subject, "POST", "/Calls", times, fields)

    @explain_misuse
    def assert_not_called(self, **fields: Any) -> None:
        """
        Assert that no call was made.

        Args:
            fields: As ``assert_called`` takes them.

        Raises:
            RequestAssertionError: One was made.
        """
        __tracebackhide__ = True
        subject = _Subject("assert_not_called", "call", "made", _find(Action.MAKE_CALL))
        self._assert(subject, "POST", "/Calls", 0, fields)

    def assert_requested(
        self,
        method: str | None = None,
        path: str | re.Pattern[str] | None = None,
        *,
        times: int | None = None,
        status: int | None = None,
        **fields: Any,
    ) -> tuple[Entry, ...]:
        """
        Assert that a request was made, with any answer.

        Args:
            method: As ``when`` takes it.

            path: As ``when`` takes it.

            times: How many there must be; at least one, if it is left out.

            status: The status that the client got.

            fields: The conditions of ``when``.

        Returns:
            The entries of the journal.

        Raises:
            RequestAssertionError: Another number was made; the message shows the nearest request.
        """
        __tracebackhide__ = True
        subject = _Subject("assert_requested", "request", "made")
        return self._assert(subject, method, path, times, fields, status)

    def assert_not_requested(
        self,
        method: str | None = None,
        path: str | re.Pattern[str] | None = None,
        *,
        status: int | None = None,
        **fields: Any,
    ) -> None:
        """
        Assert that no such request was made.

        Args:
            method: As ``when`` takes it.

            path: As ``when`` takes it.

            status: The status that the client got.

            fields: The conditions of ``when``.

        Raises:
            RequestAssertionError: One was made.
        """
        __tracebackhide__ = True
        subject = _Subject("assert_not_requested", "request", "made")
        self._assert(subject, method, path, 0, fields, status)

    def _assert(
        self,
        subject: _Subject,
        method: str | None,
        path: str | re.Pattern[str] | None,
        times: int | None,
        fields: dict[str, Any],
        status: int | None = None,
    ) -> tuple[Entry, ...]:
        __tracebackhide__ = True
        if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
            msg = f"times is a whole number from 0, not {times!r}."
            raise UsageError(msg)
        if times is not None and times < 0:
            msg = f"times is a whole number from 0, not {times!r}."
            raise UsageError(msg)
        is_status = isinstance(status, int) and not isinstance(status, bool)
        if status is not None and not (is_status and 100 <= status <= 599):
            # Any other would be the status of no answer, and its absence would always hold.
            msg = f"status is a whole number from 100 to 599, not {status!r}."
            raise UsageError(msg)
        keywords = ("times",) if subject.operation is not None else ("times", "status")
        condition = build_request_condition(subject.owner, method, path, fields, keywords)
        journal = tuple(self.requests)
        if subject.operation is not None:
            _check_fields(subject.owner, subject.operation, condition, journal)
        count = _count(condition, status, journal, subject.operation)
        made, dropped = len(count.made), self.requests.dropped
        if times is not None and made <= times and dropped:
            raise _build_unknown_error(subject, dropped)
        if made == times or (times is None and made):
            return count.made
        raise _build_error(subject, condition, status, times, count, dropped)


def _build_unknown_error(subject: _Subject, dropped: int) -> UsageError:
    return UsageError(
        Explanation(
            headline=f"{subject.owner} cannot be answered: {dropped} older requests were not kept.",
            detail="One of them may be what must not be there.",
            remedies=(Remedy("Keep more, or all.", "simulate(journal_limit=None)"),),
            anchor="usage-error",
        )
    )


def _find(action: Action) -> Operation:
    return next(
        operation
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        if operation.action is action
    )


def _check_fields(
    owner: str, operation: Operation, condition: RequestCondition, journal: tuple[Entry, ...]
) -> None:
    """
    Check that the fields are some of *operation*, or of a request that was made.

    Raises:
        UsageError: One is neither; an assertion that it is absent would always hold.
    """
    known = tuple(param.name for param in operation.params)
    sent = {
        name
        for entry in journal
        if condition.is_of_method(entry.request) and condition.is_on_path(entry.request)
        for name, _ in entry.request.form
    }
    for check in condition.checks:
        if check.part not in ("field", "form") or check.name in known:
            continue
        other = _OTHER_NAMES.get((operation.action, check.name))
        if other is not None:
            msg = f"{owner} has no field {check.name!r}; this version calls it {other!r}."
            raise UsageError(msg)
        if check.name not in sent:
            check_choice(owner, "field", check.name, known)


_OTHER_NAMES = {
    (Action.MAKE_CALL, "To"): "Called",
    (Action.MAKE_CALL, "From"): "Caller",
    (Action.SEND_SMS, "Called"): "To",
    (Action.SEND_SMS, "Caller"): "From",
}


def _count(
    condition: RequestCondition,
    status: int | None,
    journal: tuple[Entry, ...],
    operation: Operation | None,
) -> _Count:
    made: list[Entry] = []
    unsuccessful: list[Entry] = []
    others: list[Entry] = []
    for entry in journal:
        request = entry.request if operation is None else _keep_what_counts(entry.request)
        if not condition.matches(request) or not _has_status(entry, status):
            others.append(entry)
        elif operation is None or _was_performed(entry):
            made.append(entry)
        else:
            unsuccessful.append(entry)
    return _Count(tuple(made), tuple(unsuccessful), tuple(others))


def _keep_what_counts(request: Request) -> Request:
    """Return *request* as the API reads what is to be made: its form, and of a name the last."""
    form = dict(request.form)
    if len(form) == len(request.form) and not request.query:
        return request
    # The method may stand in the query.
    query = urlencode([pair for pair in request.query if pair[0] == "_method"])
    url = request.url.partition("?")[0] + (f"?{query}" if query else "")
    return Request(request.method, url, request.headers, urlencode(form).encode())


def _has_status(entry: Entry, status: int | None) -> bool:
    return status is None or (entry.response is not None and entry.response.status == status)


def _was_performed(entry: Entry) -> bool:
    """Return whether the API did what was asked, also if its answer was lost or changed."""
    response = entry.api_response or entry.response
    return response is not None and 200 <= response.status < 300


def _build_error(
    subject: _Subject,
    condition: RequestCondition,
    status: int | None,
    times: int | None,
    count: _Count,
    dropped: int,
) -> RequestAssertionError:
    detail = _describe(condition, count, times or 0)
    if dropped:
        detail += f"\n\n{dropped} older requests were not kept: journal_limit."
    error = RequestAssertionError(
        Explanation(
            headline=_build_headline(subject, condition, status, times, len(count.made)),
            detail=detail.strip("\n"),
            remedies=(Remedy("See everything that was requested.", "print(twilio.explain())"),),
            anchor="request-assertion-error",
        )
    )
    error.requests = count.made
    return error


def _build_headline(
    subject: _Subject,
    condition: RequestCondition,
    status: int | None,
    times: int | None,
    made: int,
) -> str:
    parts = list(condition.list_checks())
    if status is not None:
        parts.append(f"status={status}")
    given = f" with {', '.join(parts)}" if parts else ""
    how_many = "at least one" if times is None else "no" if times == 0 else str(times)
    expected = f"{how_many} {subject.noun}{'s' if (times or 0) > 1 else ''}"
    if subject.operation is None:
        expected += "".join(f" {part}" for part in condition.list_parts())
    was = "none was" if made == 0 else "1 was" if made == 1 else f"{made} were"
    return f"Expected {expected}{given}; {was} {subject.verb}."


def _describe(condition: RequestCondition, count: _Count, wanted: int) -> str:
    """Show what was counted, what was refused, and the request that is nearest."""
    blocks: list[str] = []
    if count.made:
        blocks.append(_list("Counted:", count.made, _show_entry))
    if count.unsuccessful:
        blocks.append(_list("Unsuccessful, so not counted:", count.unsuccessful, _show_entry))
    if len(count.made) <= wanted and (nearest := _find_nearest(condition, count.others)):
        blocks.append("Nearest:" + "".join(_show_nearest(condition, entry) for entry in nearest))
    path = condition.path
    if isinstance(path, str) and not can_match_path(path):
        near = suggest_path(path)
        guess = f"; did you mean {near!r}?" if near else "."
        blocks.append(f"No path of the API is {path!r}{guess}")
    if not (count.made or count.unsuccessful or count.others):
        blocks.append("No request was made at all.")
    return "\n\n".join(blocks)


def _list(title: str, entries: tuple[Entry, ...], show: Callable[[Entry], str]) -> str:
    lines = [title, *(f"  {show(entry)}" for entry in entries[:_LONGEST])]
    if len(entries) > _LONGEST:
        lines.append(f"  and {len(entries) - _LONGEST} more")
    return "\n".join(lines)


def _find_nearest(condition: RequestCondition, others: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the requests of the same operation that differ least; else one of another."""
    same = [
        entry
        for entry in others
        if condition.is_of_method(entry.request) and condition.is_on_path(entry.request)
    ]
    if same:
        fewest = min(len(_list_missed(condition, entry)) for entry in same)
        return tuple(entry for entry in same if len(_list_missed(condition, entry)) == fewest)[
            :_SHOWN
        ]
    like = [
        entry
        for entry in others
        if condition.is_on_path(entry.request) or condition.is_of_method(entry.request)
    ]
    return tuple(like[-1:])


def _list_missed(condition: RequestCondition, entry: Entry) -> list[Check]:
    return [check for check in condition.checks if not check.holds(entry.request)]


def _show_entry(entry: Entry) -> str:
    response, own = entry.response, entry.api_response
    outcome = "failed" if response is None else f"{response.status} {response.reason}".rstrip()
    if own is not None and own is not response:
        outcome += f" (the API: {own.status})"
    return visible_line(f"{show_entry(entry)}, {outcome}, {entry.rule}")


def _show_nearest(condition: RequestCondition, entry: Entry) -> str:
    lines: list[tuple[str, str]] = []
    if not condition.is_of_method(entry.request):
        lines.append(("method", f"{condition.method} expected, {entry.request.method} was sent"))
    if not condition.is_on_path(entry.request):
        path = condition.path
        wanted = path if isinstance(path, str) else f"re.compile({path.pattern!r})" if path else ""
        lines.append(("path", f"{wanted} expected"))
    for check in condition.checks:
        sent = check.show_sent(entry.request)
        is_met = check.holds(entry.request)
        shown = f"{sent}, as expected" if is_met else f"{check.wanted} expected, {sent}"
        lines.append((check.label, shown))
    if condition.where is not None:
        held = "fulfilled" if condition.where(entry.request) else "not fulfilled"
        lines.append(("where", held))
    width = max((len(name) for name, _ in lines), default=0)
    differences = "".join(
        f"\n      {visible_line(name):<{width}}  {visible_line(text)}" for name, text in lines
    )
    return f"\n  {_show_entry(entry)}{differences}"
