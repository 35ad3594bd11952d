"""A small application: places calls, looks back at them, gives numbers up."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import requests

ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
BASE = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT_SID}"


class Refused(Exception):
    """The API refused a request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def _send(method: str, path: str, auth_token: str, **options: object) -> ET.Element | None:
    response = requests.request(
        method, BASE + path, auth=(ACCOUNT_SID, auth_token), timeout=10, **options
    )
    root = ET.fromstring(response.content) if response.content else None
    if not response.ok:
        error = root[0]
        raise Refused(response.status_code, error.findtext("Code", ""), error.findtext("Message"))
    return root


def place_call(called: str, auth_token: str) -> str:
    """Returns the SID of the new call."""
    form = {"Caller": "4155550100", "Called": called, "Url": "http://app.example/voice"}
    return _send("POST", "/Calls", auth_token, data=form).findtext("Call/Sid")


def finished_calls(auth_token: str) -> list[str]:
    """Returns the numbers that were called."""
    root = _send("GET", "/Calls", auth_token, params={"Status": "2"})
    return [call.findtext("Called") for call in root.iter("Call")]


def number_exists(sid: str, auth_token: str) -> bool:
    try:
        _send("GET", f"/IncomingPhoneNumbers/{sid}", auth_token)
    except Refused as refused:
        if refused.status == 404:
            return False
        raise
    return True


def release_number(sid: str, auth_token: str) -> None:
    _send("DELETE", f"/IncomingPhoneNumbers/{sid}", auth_token)
