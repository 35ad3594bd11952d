"""
Print the way of one request through the package: the functions entered, and their counts.

    python scripts/walk.py              the counts of both ways
    python scripts/walk.py simulated    each function of a simulated GET of a list
    python scripts/walk.py replayed     each function of a replayed POST

The request is sent by requests, once to warm up and once to count. Functions of this package and
of responses are counted, comprehensions and generator expressions too.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import requests

import twreplay

SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"
BASE = f"https://api.twilio.com/2008-08-01/Accounts/{SID}"
PACKAGE = Path(twreplay.__file__).parent
COUNTED = (f"{PACKAGE}/", f"{PACKAGE.parent}/responses/")

CASSETTE = f"""\
version: 1
twreplay:
  format: 1
  origin: documentation
  recorded_at: ''
  host: api.twilio.com
interactions:
- request:
    body: From=4158675309&To=4155551212&Body=Hi
    headers:
      Authorization:
      - Basic {SID}:REDACTED
      Content-Type:
      - application/x-www-form-urlencoded
    method: POST
    uri: {BASE}/SMS/Messages
  response:
    body:
      string: <TwilioResponse><SMSMessage><Status>queued</Status></SMSMessage></TwilioResponse>
    headers:
      Content-Type:
      - application/xml
    status:
      code: 200
      message: OK
"""


def walk(send: Callable[[], object]) -> list[tuple[str, int, str]]:
    """Return the functions that *send* enters, as (file, line, name) in order."""
    entered: list[tuple[str, int, str]] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(COUNTED):
            file = code.co_filename.removeprefix(f"{PACKAGE.parent}/")
            entered.append((file, code.co_firstlineno, code.co_qualname))

    send()
    gc.disable()  # a session that is collected in its midst enters functions of its own
    sys.setprofile(profile)
    try:
        send()
    finally:
        sys.setprofile(None)
        gc.enable()
    return entered


def walk_simulated() -> list[tuple[str, int, str]]:
    """Walk with a GET of the list of calls, which a simulator answers."""
    with twreplay.simulate() as twilio, requests.Session() as session:
        session.auth = twilio.auth
        url = BASE.replace(SID, twilio.account_sid)
        return walk(lambda: session.get(f"{url}/Calls").raise_for_status())


def walk_replayed() -> list[tuple[str, int, str]]:
    """Walk with a POST of a form, which a cassette answers."""
    with tempfile.TemporaryDirectory() as folder, requests.Session() as session:
        path = Path(folder, "calls.yaml")
        path.write_text(CASSETTE)
        session.auth = (SID, TOKEN)
        with twreplay.use_cassette(path, allow_playback_repeats=True):
            form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
            return walk(lambda: session.post(f"{BASE}/SMS/Messages", form).raise_for_status())


WALKS = {"simulated": walk_simulated, "replayed": walk_replayed}


def main(names: list[str]) -> None:
    """Print the walks with these *names*; of all of them the counts only."""
    for name in names or WALKS:
        entered = WALKS[name]()
        if names:
            for file, line, function in entered:
                print(f"{file}:{line}  {function}")
        files = {file for file, _, _ in entered}
        print(f"{name}: {len(entered)} calls in {len(files)} files")


if __name__ == "__main__":
    main(sys.argv[1:])
