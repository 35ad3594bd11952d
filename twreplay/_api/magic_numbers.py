"""
The magic numbers of Twilio's test credentials, which came with version 2010-04-01.

A test may add them to a simulator. Source: https://www.twilio.com/docs/iam/test-credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from twreplay._api.field_types import parse_phone_number

MAGIC_SENDER: Final = "5005550006"
"""The number that may call and text."""


@dataclass(frozen=True, slots=True)
class MagicInput:
    """
    One value of one field that is always refused.

    Attributes:
        path: The path below the account that it is posted to.

        value: A phone number of ten digits, or an area code.

        meaning: Why it is refused.
    """

    path: str
    field: str
    value: str
    code: int
    meaning: str

    def is_meant(self, text: str) -> bool:
        """Return whether *text*, as it was sent, is the value: with ``+1`` or ``1``, or without."""
        return text == self.value or parse_phone_number(text) == self.value


_SMS, _CALLS = "/SMS/Messages", "/Calls"

MAGIC_INPUTS: Final = (
    MagicInput(_SMS, "From", "5005550001", 21212, "the number is invalid"),
    MagicInput(_SMS, "From", "5005550007", 21606, "the number is not owned, or not for SMS"),
    MagicInput(_SMS, "From", "5005550008", 21611, "its queue is full"),
    MagicInput(_SMS, "To", "5005550001", 21211, "the number is invalid"),
    MagicInput(_SMS, "To", "5005550002", 21612, "it cannot be routed to"),
    MagicInput(_SMS, "To", "5005550003", 21408, "the account may not text that country"),
    MagicInput(_SMS, "To", "5005550004", 21610, "it is blocked for the account"),
    MagicInput(_SMS, "To", "5005550009", 21614, "it cannot receive SMS"),
    MagicInput(_CALLS, "Caller", "5005550001", 21212, "the number is invalid"),
    MagicInput(_CALLS, "Called", "5005550001", 21217, "the number is invalid"),
    MagicInput(_CALLS, "Called", "5005550002", 21214, "it cannot be routed to"),
    MagicInput(_CALLS, "Called", "5005550003", 21215, "the account may not call that country"),
    MagicInput(_CALLS, "Called", "5005550004", 21216, "it is blocked for the account"),
    MagicInput(
        "/IncomingPhoneNumbers/Local", "AreaCode", "533", 21452, "no number is for sale there"
    ),
)
"""
The inputs that this version has a field for.

A number cannot be chosen when it is bought, so 5005550000 and 5005550001 have no meaning there.
"""
