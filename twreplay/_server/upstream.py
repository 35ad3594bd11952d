"""The client with which the server asks other hosts for the programs that ask it."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx


def build_client(seconds: float) -> httpx.AsyncClient:
    """
    Build a client that keeps nothing of one request for the next.

    Args:
        seconds: The limit for connecting, and for each part of a response.
    """
    # A host that sets a cookie for one program would be sent it for all others.
    nothing = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(
        cookies=nothing, follow_redirects=False, timeout=seconds, trust_env=False
    )
