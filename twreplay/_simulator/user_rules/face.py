"""The simulator's methods for user rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from twreplay._call_site import find_file_and_line
from twreplay._http import Request
from twreplay._simulator.journal import Entry
from twreplay._simulator.user_rules.conditions import Conditions
from twreplay._simulator.user_rules.rule import UserRule
from twreplay._simulator.user_rules.values import ValueCondition, Wanted
from twreplay.errors import UnusedRules

if TYPE_CHECKING:
    from twreplay._simulator.user_rules.book import RuleBook


_PARTS = ("form", "query", "headers", "account", "username", "auth", "where")


class RulesFace:
    """Makes, lists and checks user rules."""

    _rules: RuleBook
    _lock: AbstractContextManager[object]

    def _read_now(self) -> float:
        raise NotImplementedError

    def _list_requests(self) -> tuple[Entry, ...]:
        raise NotImplementedError

    def when(
        self,
        method: str | None = None,
        path: str | re.Pattern[str] | None = None,
        *,
        times: int | None = None,
        form: Conditions | None = None,
        query: Conditions | None = None,
        headers: Conditions | None = None,
        account: Wanted = None,
        username: Wanted = None,
        auth: tuple[str, str] | ValueCondition | None = None,
        where: Callable[[Request], object] | None = None,
        **fields: Wanted,
    ) -> UserRule:
        """
        Begin a rule of your own, which goes ahead of the API's rules and of older ones.

        A rule that ends, as by *times*, goes ahead of rules that do not, after older ones that
        end. ``simulate(rule_order="oldest")`` asks all rules in the order in which they were made.

        Args:
            method: The method, after any ``_method``; every method if it is left out.

            path: A path below the account, such as ``/Calls`` or ``/SMS/*``; ``*`` stands for
                anything. Extensions need not be named. A pattern is searched for in the path
                below the account.

            times: How many requests it is for. Without it, for all.

            form: What fields of the form must be, by name.

            query: What parameters of the query must be, by name.

            headers: What header fields must be, by name in any case.

            account: What the Sid of the account in the path must be.

            username: What the user of the credentials must be; ``twreplay.ABSENT`` for none.

            auth: User and password, as ``twilio.auth`` has them, or ``twreplay.ABSENT``.

            where: A predicate of the whole request.

            fields: What fields of the form or of the query must be, by name: text, a number, a
                pattern, a predicate of the text that was sent, ``twreplay.ABSENT``,
                ``twreplay.PRESENT``, ``twreplay.contains(...)`` or ``twreplay.any_of(...)``.

        Raises:
            UsageError: A method that does not exist, a path without a slash, a *times* below 1, a
                keyword that is misspelt.
        """
        parts = (form, query, headers, account, username, auth, where)
        given = {name: part for name, part in zip(_PARTS, parts, strict=True) if part is not None}
        with self._lock:
            return self._rules.add(
                method, path, times, {**given, **fields}, find_file_and_line(), self._read_now()
            )

    @property
    def rules(self) -> tuple[UserRule, ...]:
        """The rules of your own, in the order in which they are asked."""
        return self._rules.rules

    def unused_rules(self) -> UnusedRules | None:
        """Return an error for rules that were not used as often as expected, or None."""
        unused = self._rules.build_unused_error(self._list_requests, self._read_now)
        live: Any = getattr(self, "_live", None)
        if unused is None and live is not None:
            unused = live.build_unused_error()
        return unused
