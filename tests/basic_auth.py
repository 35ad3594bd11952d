"""Credentials as a client sends them."""

from __future__ import annotations

import base64

FORM_TYPE = "application/x-www-form-urlencoded"


def encode_basic(account_sid: str, auth_token: str) -> str:
    """Return the header ``Authorization`` of HTTP Basic (RFC 7617), in UTF-8."""
    return "Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
