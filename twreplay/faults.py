"""
What can go wrong below HTTP, for rules of your own.

    twilio.when("POST", "/SMS/*").raises(twreplay.faults.ReadTimeout)

The client under test raises its own exception for it, the one that it would raise if the network
did this.
"""

from __future__ import annotations

__all__ = [
    "ConnectTimeout",
    "ConnectionRefused",
    "ConnectionReset",
    "MalformedResponse",
    "NameResolutionFailed",
    "NetworkFault",
    "ReadTimeout",
    "TLSFailure",
    "TruncatedBody",
]


class NetworkFault(Exception):
    """Something that goes wrong below HTTP."""


class ConnectTimeout(NetworkFault):
    """No connection within the client's time limit."""


class ReadTimeout(NetworkFault):
    """A connection, and no answer within the client's time limit."""


class ConnectionRefused(NetworkFault):
    """No server listens on the port."""


class ConnectionReset(NetworkFault):
    """The other side closes the connection without an answer."""


class NameResolutionFailed(NetworkFault):
    """The host has no address."""


class TLSFailure(NetworkFault):
    """The certificate is not accepted."""


class TruncatedBody(NetworkFault):
    """The connection ends in the middle of the body."""


class MalformedResponse(NetworkFault):
    """The response is not HTTP."""
