"""Where the reference and what was seen on the wire differ: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from twreplay._api.evidence import Evidence, Grade

PROFILES: Final = ("documented", "observed")


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that the two profiles do differently.

    Attributes:
        about: What it is, for a reader.

        documented: What the reference says.

        observed: What production code relied on.

        says: Where the reference says so.

        seen: Where it was seen.
    """

    about: str
    documented: str
    observed: str
    says: Evidence
    seen: Evidence


_REQUEST_PAGE = Evidence("request page, status codes of POST, PUT and DELETE")

DIFFERENCES: Mapping[str, Difference] = MappingProxyType(
    {
        "created": Difference(
            "Status of a POST that creates",
            "200",
            "201",
            _REQUEST_PAGE,
            Evidence(
                "an alerting plugin of 2011 took anything but 201 for a failed call; a number "
                "purchase of 2010 the same",
                Grade.OBSERVED,
            ),
        ),
        "location": Difference(
            "Location header with a POST that creates",
            "no",
            "yes",
            _REQUEST_PAGE,
            Evidence("response page, 201 CREATED"),
        ),
        "deleted": Difference(
            "Status of a DELETE, where the resource's page gives one",
            "204",
            "204",
            Evidence("pages of OutgoingCallerIds, Notifications, Recordings, Participants"),
            Evidence("the vendor's libraries of the time", Grade.OBSERVED),
        ),
        "released": Difference(
            "Status of a DELETE of an IncomingPhoneNumber",
            "200",
            "204",
            _REQUEST_PAGE,
            Evidence("the vendor's libraries of the time", Grade.OBSERVED),
        ),
        "sms price": Difference(
            "Price element of an SMSMessage",
            "no",
            "yes",
            Evidence("SMS Messages page, properties"),
            Evidence("a reply of 31 January 2011", Grade.OBSERVED),
        ),
        "capabilities": Difference(
            "Capabilities element of an IncomingPhoneNumber",
            "no",
            "yes",
            Evidence("Incoming Phone Numbers page, properties"),
            Evidence("a number of 20 March 2010", Grade.OBSERVED),
        ),
        "methods of unset URLs": Difference(
            "Method elements of an IncomingPhoneNumber whose URLs are not set",
            "empty",
            "POST",
            Evidence("Incoming Phone Numbers page, sample"),
            Evidence("a number of 20 March 2010", Grade.OBSERVED),
        ),
        "json counters": Difference(
            "Paging counters in a JSON list",
            "yes",
            "no",
            Evidence("no page shows them; beside the array", Grade.CHOSEN),
            Evidence("a telephony product read lists without them", Grade.OBSERVED),
        ),
    }
)

_ALWAYS: Final = {"ok": "200"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One column of the table."""

    name: str

    def __getitem__(self, row: str) -> str:
        if row in _ALWAYS:
            return _ALWAYS[row]
        difference = DIFFERENCES[row]
        return difference.observed if self.name == "observed" else difference.documented

    def evidence(self, row: str) -> Evidence | None:
        """Why *row* is as it is; None for a row that has no alternative."""
        if row in _ALWAYS:
            return None
        difference = DIFFERENCES[row]
        return difference.seen if self.name == "observed" else difference.says
