"""Calls people to remind them, and texts those who do not pick up."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import requests

API = "https://api.twilio.com/2008-08-01"
BUSY, NO_ANSWER = "3", "5"


class Reminders:
    """
    The reminders of one account.

    Args:
        auth: Account Sid and auth token.

        number: Whom they come from.
    """

    def __init__(self, auth: tuple[str, str], number: str) -> None:
        self._auth = auth
        self._number = number
        self._account = f"{API}/Accounts/{auth[0]}"

    def call(self, number: str) -> str:
        """Call *number*; the Sid of the call."""
        form = {"Caller": self._number, "Called": number, "Url": "http://example.com/remind.xml"}
        return self._post("Calls", form)

    def follow_up(self) -> list[str]:
        """Text everybody who was busy or did not answer; whom."""
        texted = []
        for status in (BUSY, NO_ANSWER):
            for call in self._get("Calls", {"Status": status}).iter("Call"):
                number = call.findtext("Called", "")
                form = {"From": self._number, "To": number, "Body": "We tried to call you."}
                self._post("SMS/Messages", form)
                texted.append(number)
        return texted

    def _get(self, path: str, query: dict[str, str]) -> ET.Element:
        for attempt in (1, 2):
            response = requests.get(
                f"{self._account}/{path}", params=query, auth=self._auth, timeout=10
            )
            if response.status_code < 500 or attempt == 2:
                break
        response.raise_for_status()
        return ET.fromstring(response.content)

    def _post(self, path: str, form: dict[str, str]) -> str:
        response = requests.post(f"{self._account}/{path}", data=form, auth=self._auth, timeout=10)
        response.raise_for_status()
        return ET.fromstring(response.content).findtext(".//Sid", "")
