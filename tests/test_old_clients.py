"""Twilio's own client of 2009, unmodified but for what Python 3 needs."""

from __future__ import annotations

import base64
import importlib.metadata
import sys
import types
import urllib.error
import urllib.parse
import urllib.request
import warnings

import pytest
from local_api import local_api, names_point_home

import twreplay


@pytest.fixture
def old_twilio(monkeypatch):
    """``twilio`` 2.0.10, with the modules it knew under their old names."""

    class Request(urllib.request.Request):
        def __init__(self, url: str, data: str | None = None) -> None:
            super().__init__(url, data.encode() if data is not None else None)

    names = {k: getattr(urllib.request, k) for k in dir(urllib.request) if not k.startswith("__")}
    urllib2 = types.ModuleType("urllib2")
    urllib2.__dict__.update(names | {"Request": Request})
    old_urllib = types.ModuleType("urllib")
    old_urllib.urlencode = urllib.parse.urlencode
    old_base64 = types.ModuleType("base64")
    old_base64.encodestring = lambda text: base64.encodebytes(text.encode()).decode()
    file = next(f for f in importlib.metadata.files("twilio") or () if f.name == "twilio.py")
    code = file.locate().read_text("utf-8")
    with monkeypatch.context() as patched, warnings.catch_warnings(action="ignore"):
        for name, module in (("urllib", old_urllib), ("urllib2", urllib2), ("base64", old_base64)):
            patched.setitem(sys.modules, name, module)
        twilio = types.ModuleType("twilio")
        exec(compile(code, "twilio.py", "exec"), twilio.__dict__)
    # 2.0.10 installs an opener for the whole process.
    monkeypatch.setattr(urllib.request, "_opener", None)
    return twilio


def session(account) -> list[tuple[int, bytes]]:
    """List, page, create, update by PUT, delete both ways, a 404 and a 401."""
    home = f"/2008-08-01/Accounts/{account.id}"
    answers: list[tuple[int, bytes]] = []

    def ask(path: str, method: str, fields: dict[str, str] | None = None) -> str:
        try:
            answers.append((200, account.request(home + path, method, fields or {})))
        except urllib.error.HTTPError as error:
            with error:
                answers.append((error.code, error.read()))
        return answers[-1][1].decode()

    numbers = ask("/IncomingPhoneNumbers", "GET")
    one, two = (part[:34] for part in numbers.split("<Sid>")[1:])
    ask("/Calls", "GET", {"num": "2", "page": "1"})
    ask(
        "/Calls",
        "POST",
        {"Caller": "4155550100", "Called": "4155550123", "Url": "http://a.example"},
    )
    ask(f"/IncomingPhoneNumbers/{one}", "PUT", {"FriendlyName": "Front desk"})
    ask(f"/IncomingPhoneNumbers/{one}", "DELETE")
    ask(f"/IncomingPhoneNumbers/{two}?_method=DELETE", "POST")
    ask(f"/IncomingPhoneNumbers/{two}", "GET")
    account.token, right = "wrong", account.token
    ask("/Calls", "GET")
    account.token = right
    return answers


def test_records_and_replays_with_the_endpoint_gone(old_twilio, tmp_path):
    path = tmp_path / "old.yaml"
    with local_api() as api, names_point_home(api):
        with twreplay.use_cassette(path, record_mode="once"):
            recorded = session(old_twilio.Account(api.account_sid, api.auth_token))

    with twreplay.use_cassette(path):
        replayed = session(old_twilio.Account(api.account_sid, "a token of today"))

    assert recorded == replayed
    assert [status for status, _ in replayed] == [200] * 6 + [404, 401]
    assert api.auth_token not in path.read_text()
