"""A clinic that reminds its patients: by call or by text, from a number of its own."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator

import requests

API = "https://api.twilio.com/2008-08-01"
BUSY, NO_ANSWER = "3", "5"
INVALID_NUMBER, CANNOT_CALL_ABROAD = "21211", "21203"


class Refused(Exception):
    """The API refused; ``code`` is that of its error dictionary, empty if it gave none."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.code = code


class Clinic:
    """
    The reminders of one clinic.

    Args:
        auth: Account Sid and auth token.

        number: Whom calls and texts come from.

        sleep: How to wait before another attempt.
    """

    def __init__(
        self, auth: tuple[str, str], number: str, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._account = f"{API}/Accounts/{auth[0]}"
        self._number = number
        self._sleep = sleep
        self._session = requests.Session()
        self._session.auth = auth

    def buy_number(self, area_code: str) -> str:
        """Buy a number there, and use it from now on."""
        bought = self._post("IncomingPhoneNumbers/Local", AreaCode=area_code)
        self._number = bought.findtext(".//PhoneNumber", "")
        return self._number

    def remind(self, number: str, text: str) -> str:
        """Call *number*, or text it where it cannot be called: "called", "texted" or "wrong"."""
        try:
            self._post(
                "Calls", Caller=self._number, Called=number, Url="http://clinic.example/remind"
            )
        except Refused as refused:
            if refused.code == CANNOT_CALL_ABROAD:
                self._post("SMS/Messages", From=self._number, To=number, Body=text)
                return "texted"
            if refused.code == INVALID_NUMBER:
                return "wrong"
            raise
        return "called"

    def missed(self) -> list[str]:
        """Whom nobody has reached yet, the latest first."""
        return [
            call.findtext("Called", "")
            for status in (BUSY, NO_ANSWER)
            for call in self._calls(Status=status)
        ]

    def report(self) -> Counter[str]:
        """How many calls ended in each status."""
        return Counter(call.findtext("Status", "") for call in self._calls())

    def _calls(self, **query: str) -> Iterator[ET.Element]:
        """All calls, page by page."""
        page, pages = 0, 1
        while page < pages:
            found = self._ask("GET", "Calls", params={**query, "num": "2", "page": str(page)})
            listed = found.find("Calls")
            assert listed is not None
            pages = int(listed.get("numpages", "1"))
            page += 1
            yield from listed

    def _post(self, path: str, **form: str) -> ET.Element:
        return self._ask("POST", path, data=form)

    def _ask(self, method: str, path: str, **sent: dict[str, str]) -> ET.Element:
        for wait in (1, 4, None):
            try:
                answer = self._session.request(
                    method, f"{self._account}/{path}", timeout=10, **sent
                )
            except (requests.Timeout, requests.ConnectionError):
                # Who repeats a POST that was perhaps done calls a patient twice.
                if wait is None or method == "POST":
                    raise
            else:
                if answer.status_code < 500 or wait is None or method == "POST":
                    break
            self._sleep(wait)
        if answer.ok:
            return ET.fromstring(answer.content)
        raise _refused(answer)


def _refused(answer: requests.Response) -> Refused:
    try:
        said = ET.fromstring(answer.content)
    except ET.ParseError:
        return Refused(answer.status_code, "", answer.reason)
    return Refused(
        answer.status_code, said.findtext(".//Code", ""), said.findtext(".//Message", "")
    )
