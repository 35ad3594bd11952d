"""
Records the first page of an account's calls from the real thing.

    export TWILIO_ACCOUNT_SID=AC... TWILIO_AUTH_TOKEN=...
    python examples/recording/record.py calls.yaml

The auth token stays in your environment: the cassette says ``REDACTED`` in its place. Telephone
numbers are kept as they are, so read the cassette before you commit it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import requests

import twreplay


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: record.py CASSETTE", file=sys.stderr)
        return 2
    try:
        sid, token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    except KeyError as missing:
        print(f"{missing.args[0]} is not set; nothing was sent.", file=sys.stderr)
        return 2
    path = Path(sys.argv[1])
    if path.exists():
        print(f"{path} exists already; give another name or delete it.", file=sys.stderr)
        return 2
    with twreplay.use_cassette(path, record_mode="once"):
        response = requests.get(
            f"https://api.twilio.com/2008-08-01/Accounts/{sid}/Calls",
            params={"num": "20", "page": "0"},
            auth=(sid, token),
            timeout=30,
        )
    print(f"{response.status_code} {response.reason}, recorded in {path}")
    return 0 if response.ok else 1


if __name__ == "__main__":
    sys.exit(main())
