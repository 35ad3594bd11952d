"""Headers that a server does not pass on."""

from __future__ import annotations

# Of one connection, not of the message (RFC 9110, 7.6.1), or set by the client.
HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("host", "content-length"),
    }
)
