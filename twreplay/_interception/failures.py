"""What clients raise for the faults of a network: one table for each client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from twreplay.faults import ConnectionReset, MalformedResponse, NetworkFault, TruncatedBody

IN_BYTES: Final = (ConnectionReset, TruncatedBody, MalformedResponse)
"""Faults that a connection shows in what it says before it closes, so that the client raises."""


class FailureTable:
    """
    The exceptions of one client, by fault.

    Args:
        client: The client's name, for the list of all tables.

        builders: Builds the exception for a fault; all builders of a table take the same context,
            such as the request or the connection.

        in_bytes: The faults that the client's adapter writes instead of raising.
    """

    def __init__(
        self,
        client: str,
        builders: Mapping[type[NetworkFault], Callable[..., BaseException]],
        *,
        in_bytes: Iterable[type[NetworkFault]] = (),
    ) -> None:
        self.faults = frozenset((*builders, *in_bytes))
        self._builders = builders
        TABLES[client] = self

    def build(self, failure: BaseException, *context: object) -> BaseException:
        """Build the client's exception for *failure*; return *failure* if it is no fault."""
        for kind in type(failure).__mro__:
            builder = self._builders.get(kind)
            if builder is not None:
                return builder(*context)
        return failure


TABLES: Final[dict[str, FailureTable]] = {}
"""The tables of the clients whose adapters are imported, by client."""
