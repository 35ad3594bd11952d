"""The differences between the reference and observed behavior, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from twreplay._api.evidence import Evidence, Grade

PROFILES: Final = ("documented", "observed")


@dataclass(frozen=True, slots=True)
class ProfileDifference:
    """
    One difference between the two profiles.

    Attributes:
        about: A description for a reader.

        documented: The value in the reference.

        observed: The value that production code relied on.

        says: The evidence for *documented*.

        seen: The evidence for *observed*.
    """

    about: str
    documented: str
    observed: str
    says: Evidence
    seen: Evidence


_REQUEST_PAGE = Evidence("request page, status codes of POST, PUT and DELETE")

DIFFERENCES: Mapping[str, ProfileDifference] = MappingProxyType(
    {
        "created": ProfileDifference(
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
        "location": ProfileDifference(
            "Location header with a POST that creates",
            "no",
            "yes",
            _REQUEST_PAGE,
            Evidence(
                "the response page, which lists 201 CREATED with it: the reference disagrees "
                "with itself"
            ),
        ),
        "deleted": ProfileDifference(
            "Status of a DELETE, where the resource's page gives one",
            "204",
            "204",
            Evidence("pages of OutgoingCallerIds, Notifications, Recordings, Participants"),
            Evidence("the vendor's libraries of the time", Grade.OBSERVED),
        ),
        "released": ProfileDifference(
            "Status of a DELETE of an IncomingPhoneNumber",
            "200",
            "204",
            _REQUEST_PAGE,
            Evidence("the vendor's libraries of the time", Grade.OBSERVED),
        ),
        "sms price": ProfileDifference(
            "Price element of an SMSMessage",
            "no",
            "yes",
            Evidence("SMS Messages page, properties"),
            Evidence("a reply of 31 January 2011", Grade.OBSERVED),
        ),
        "account type": ProfileDifference(
            "Type element of an Account",
            "no",
            "yes",
            Evidence("Accounts page, properties"),
            Evidence("the vendor's own application of June 2010 read it", Grade.OBSERVED),
        ),
        "capabilities": ProfileDifference(
            "Capabilities element of an IncomingPhoneNumber",
            "no",
            "yes",
            Evidence("Incoming Phone Numbers page, properties"),
            Evidence("a number of 20 March 2010", Grade.OBSERVED),
        ),
        "methods of unset URLs": ProfileDifference(
            "Method elements of an IncomingPhoneNumber whose URLs are not set",
            "empty",
            "POST",
            Evidence("Incoming Phone Numbers page, sample"),
            Evidence("a number of 20 March 2010", Grade.OBSERVED),
        ),
        "json counters": ProfileDifference(
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

    def get_evidence(self, row: str) -> Evidence | None:
        """Return the evidence for *row*; None for a row that has no alternative."""
        if row in _ALWAYS:
            return None
        difference = DIFFERENCES[row]
        return difference.seen if self.name == "observed" else difference.says
