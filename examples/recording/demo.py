"""
Records a session from a local stand-in for the API, takes the stand-in away, replays the session.

    python examples/recording/demo.py

Needs no account and no network, and leaves nothing behind.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import requests
from local_api import local_api, names_point_home

import twreplay
from twreplay.errors import UnmatchedRequest

API = "https://api.twilio.com/2008-08-01"
NUMBER = f"PN{1:032x}"
NEW_CALL = {"Caller": "4155550100", "Called": "4155550177", "Url": "http://app.example/voice"}


def session(account_sid: str, auth_token: str) -> list[int]:
    """What an application might do: list, make, update, delete, and miss what it deleted."""
    account = f"{API}/Accounts/{account_sid}"
    number = f"{account}/IncomingPhoneNumbers/{NUMBER}"
    steps: list[tuple[str, str, dict[str, str] | None]] = [
        ("GET", f"{account}/Calls?num=1&page=0", None),
        ("POST", f"{account}/Calls", NEW_CALL),
        ("PUT", number, {"FriendlyName": "Reception"}),
        ("POST", f"{number}?_method=DELETE", None),
        ("GET", number, None),
    ]
    statuses = []
    for method, url, form in steps:
        response = requests.request(
            method, url, data=form, auth=(account_sid, auth_token), timeout=10
        )
        path = url.removeprefix(account).replace(NUMBER, f"{NUMBER[:4]}…{NUMBER[-2:]}")
        print(f"  {method:4}  {path:48} {response.status_code} {response.reason}")
        statuses.append(response.status_code)
    return statuses


def check(condition: bool, claim: str) -> None:
    if not condition:
        sys.exit(f"demo failed: this does not hold: {claim}")
    print(f"  ok: {claim}")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "session.yaml"

        print("1. Recording, from a local HTTPS endpoint that answers as api.twilio.com\n")
        with local_api() as api:
            sid, token = api.account_sid, api.auth_token
            with names_point_home(api), twreplay.use_cassette(path, record_mode="once"):
                recorded = session(sid, token)
            seen = len(api.requests_seen)
        print()
        check(seen == len(recorded), f"{seen} requests reached the endpoint")

        print("\n2. The cassette's first interaction, as it was written\n")
        text = path.read_text(encoding="utf-8")
        first = "\n- request:".join(text.split("\n- request:")[:2])
        print("\n".join(f"  | {line[:96]}" for line in first.splitlines()))
        print()
        check("REDACTED" in text and token not in text, "the auth token is not in the cassette")

        print("\n3. Replaying: the endpoint is gone, the auth token is a wrong one\n")
        with twreplay.use_cassette(path) as cassette:
            replayed = session(sid, "not the token")
        print()
        check(replayed == recorded, "the same statuses")
        check(len(api.requests_seen) == seen, "nothing was sent")
        check(not cassette.unused, "everything on the cassette was played")

        print("\n4. A request that is not on the cassette\n")
        try:
            with twreplay.use_cassette(path, allow_unused=True):
                requests.post(
                    f"{API}/Accounts/{sid}/Calls",
                    data=NEW_CALL | {"Called": "4155550199"},
                    auth=(sid, token),
                    timeout=10,
                )
        except UnmatchedRequest as miss:
            print("\n".join(f"  | {line}".rstrip() for line in str(miss).splitlines()))
            print()
            check("form.Called" in miss.differences, "it says what differs: form.Called")
        else:
            sys.exit("demo failed: an unmatched request was answered")
    print("\nAll as promised.")


if __name__ == "__main__":
    main()
