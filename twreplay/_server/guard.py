"""Access to the control API and the page: no page of another site, no client without the key."""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import urlsplit

KEY_MISSING = "the control key is missing or wrong: Authorization: Bearer KEY, or Basic with KEY"

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def find_refusal(method: str, headers: Mapping[str, str], *, key: str = "") -> str:
    """
    Return why a request to the control API is refused; empty if it is not.

    A name that a foreign DNS server has pointed at this machine (rebinding) is no name of ours,
    and a page of another site sends its ``Origin``.

    Args:
        key: The control key; empty if the server is on loopback and has none.
    """
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not key and name not in LOOPBACK:
        return "the control API answers to 127.0.0.1 and localhost, by no other name"
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return "the request comes from a page of another site"
    if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return "the request comes from a page of another site"
    if key and not _has_key(headers, key):
        return KEY_MISSING
    if method in ("POST", "PUT") and not headers.get("content-type", "").startswith(
        "application/json"
    ):
        return "what changes something takes application/json, which no form of a page can send"
    return ""


def _has_key(headers: Mapping[str, str], key: str) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":  # a browser asks for name and password; the name is any
        try:
            given = b64decode(given).decode().partition(":")[2]
        except ValueError:
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode(), key.encode())
