"""A client of the simulator that speaks plain HTTP, and readers of what it is answered."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from basic_auth import FORM_TYPE, encode_basic

import twreplay
from twreplay.errors import UndocumentedBehavior, WrongVersion

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
NUMBER = "4158675309"
"""The number that every new simulator has."""

CALLED = "4155551212"
PACIFIC = ZoneInfo("America/Los_Angeles")


class Answer:
    """One response, read."""

    def __init__(self, response: twreplay.Response) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.body

    @cached_property
    def text(self) -> str:
        return self.body.decode()

    @cached_property
    def thing(self) -> ElementTree.Element:
        """What is inside the ``TwilioResponse``."""
        (thing,) = ElementTree.fromstring(self.text)
        return thing

    @property
    def names(self) -> list[str]:
        """The elements of an instance, in order."""
        return [element.tag for element in self.thing]

    @property
    def values(self) -> dict[str, str]:
        """The elements of an instance; what is empty is ``""``."""
        return _values(self.thing)

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @property
    def counters(self) -> dict[str, str]:
        """The attributes of a list."""
        return dict(self.thing.attrib)

    @property
    def items(self) -> list[dict[str, str]]:
        """The instances of a list."""
        return [_values(item) for item in self.thing]

    def each(self, name: str) -> list[str]:
        """One property of each instance of a list."""
        return [item[name] for item in self.items]

    @property
    def json(self):
        return json.loads(self.text)["TwilioResponse"]

    @property
    def refusal(self) -> tuple[int, int | None, str]:
        """Status, code and message of an error whose elements agree with each other."""
        values = self.values
        assert self.thing.tag == "RestException"
        assert self.names in (
            ["Status", "Message"],
            ["Status", "Message", "Code", "MoreInfo"],
        )
        assert values["Status"] == str(self.status)
        if "Code" not in values:
            return self.status, None, values["Message"]
        assert values["MoreInfo"] == f"http://www.twilio.com/docs/errors/{values['Code']}"
        return self.status, int(values["Code"]), values["Message"]


def _values(element: ElementTree.Element) -> dict[str, str]:
    return {child.tag: child.text or "" for child in element}


class Client:
    """
    Sends requests to a simulator, with paths below one account.

    Args:
        simulator: Who answers.

        account: Whose credentials and path; those of the first account if left out.
    """

    def __init__(self, simulator: twreplay.Simulator, account=None) -> None:
        self.simulator = simulator
        if account is None:
            sid, token = simulator.auth
        else:
            sid, token = account.Sid, account.AuthToken
        self.sid, self.auth = sid, (sid, token)
        self.path = f"/2008-08-01/Accounts/{sid}"

    def send(
        self,
        method: str,
        path: str,
        form=None,
        *,
        extension: str = "",
        auth=True,
        headers=None,
        body: bytes | str | None = None,
        url: str = "",
    ) -> Answer:
        """
        Send one request.

        Args:
            method: Of the request line.

            path: Below the account, with its query if it has one.

            form: The fields of the body.

            extension: Appended to the path, ahead of the query.

            auth: Whether credentials are sent; or which.

            headers: Besides those that the others imply.

            body: Instead of *form*.

            url: Instead of *path*.
        """
        fields = {}
        if auth:
            fields["Authorization"] = encode_basic(*(self.auth if auth is True else auth))
        if form is not None:
            fields["Content-Type"] = FORM_TYPE
            body = urlencode(form)
        below, mark, query = path.partition("?")
        where = url or f"https://api.twilio.com{self.path}{below}{extension}{mark}{query}"
        request = twreplay.Request(method, where, fields | dict(headers or {}), body)
        return Answer(self.simulator.handle(request))

    def get(self, path: str, **rest) -> Answer:
        return self.send("GET", path, **rest)

    def post(self, path: str, form=None, **rest) -> Answer:
        return self.send("POST", path, form, **rest)

    def put(self, path: str, form=None, **rest) -> Answer:
        return self.send("PUT", path, form, **rest)

    def delete(self, path: str, **rest) -> Answer:
        return self.send("DELETE", path, **rest)


def client(**options) -> Client:
    """A client of a new simulator; no warning is expected unless a test says so."""
    return Client(twreplay.Simulator(**options))


def at(text: str) -> datetime:
    """A US Pacific time: ``at("2009-07-06 13:30:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC)


def rests_on(question: int):
    """The request inside rests on what nobody knows."""
    return pytest.warns(UndocumentedBehavior, match=f"question {question},")


def hints(text: str):
    """The request inside was written for another version."""
    return pytest.warns(WrongVersion, match=text)


def document(sample: str) -> str:
    """*sample* as it is on the wire: with declaration, empty elements closed in themselves."""
    closed = re.sub(r"<(\w+)></\1>", r"<\1/>", sample)
    return f'<?xml version="1.0"?>\n{closed}\n'


def call(**fields: str) -> dict[str, str]:
    """The form of a call that is made."""
    return {"Caller": NUMBER, "Called": CALLED, "Url": "http://app.example/voice"} | fields


def message(**fields: str) -> dict[str, str]:
    """The form of a message that is sent."""
    return {"From": NUMBER, "To": CALLED, "Body": "Hi"} | fields


def without(form: dict[str, str], *names: str) -> dict[str, str]:
    """*form* less some fields."""
    return {name: value for name, value in form.items() if name not in names}


NOT_FOUND = (404, None, "The requested resource was not found")

# Every way to write one number of the US that the reference allows.
READABLE = {
    "ten digits": "4155551212",
    "brackets and dash": "(415) 555-1212",
    "dashes": "415-555-1212",
    "dots": "415.555.1212",
    "spaces": "415 555 1212",
    "leading one": "14155551212",
    "leading one and dashes": "1-415-555-1212",
    "plus one": "+14155551212",
    "plus one and brackets": "+1 (415) 555-1212",
}
NOT_NUMBERS = {
    "word": "jenny",
    "nine digits": "415555121",
    "eleven digits": "41555512123",
    "abroad without plus": "442071838750",
    "plus alone": "+",
}
NOT_URLS = {
    "no scheme": "app.example/voice",
    "path": "/voice",
    "other scheme": "ftp://app.example/voice",
    "no host": "http://",
    "space": "http://app.example/a b",
}
