"""Messages as a cassette stores them: decoded, whole, and without what concerns one connection."""

from __future__ import annotations

import gzip
import zlib

from twreplay._http import Interaction, Request, Response

# What describes one connection, not the message.
_HOP_BY_HOP = ("transfer-encoding", "connection", "keep-alive", "proxy-connection")


def plain(response: Response) -> Response:
    """
    *response* as it is stored: decoded, whole, and with headers that fit.

    A body that says it is gzip and is not was decoded by whoever recorded it.
    """
    headers, body = response.headers, response.body
    if "content-encoding" in headers and body:
        decoded = _decoded(headers["content-encoding"].strip().lower(), body)
        if decoded is not None:
            body, headers = decoded, headers.without("content-encoding")
    headers = headers.without(*_HOP_BY_HOP)
    if body and (headers != response.headers or "content-length" in headers):
        headers = headers.replacing("Content-Length", str(len(body)))
    if headers == response.headers and body is response.body:
        return response
    return Response(response.status, headers, body, response.reason)


def stored(interaction: Interaction) -> Interaction:
    """*interaction* as reading it back from a file gives it."""
    request = interaction.request
    headers = request.headers.without(*_HOP_BY_HOP)
    if headers is not request.headers:
        request = Request(request.method, request.url, headers, request.body)
    return Interaction(request, plain(interaction.response))


def _decoded(coding: str, body: bytes) -> bytes | None:
    """The decoded body; None if it cannot be decoded here."""
    if coding in ("gzip", "x-gzip"):
        if not body.startswith(b"\x1f\x8b"):
            return body
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error):
            return None
    if coding == "deflate":
        for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            try:
                return zlib.decompress(body, window)
            except zlib.error:
                continue
        return body
    return None
