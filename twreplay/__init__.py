"""Record, replay and simulate Twilio's 2008-08-01 REST API in tests."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from twreplay._imports import stand_ready

if TYPE_CHECKING:
    from twreplay import errors, faults
    from twreplay._cassette import Cassette, RecordMode
    from twreplay._delivery import is_signed, sign, take
    from twreplay._http import Credentials, Headers, Interaction, Request, Response
    from twreplay._server import Server, wsgi
    from twreplay._sessions import (
        Recorder,
        add_to_responses,
        block_network,
        simulate,
        use_cassette,
    )
    from twreplay._simulator import ABSENT, PRESENT, Simulator, any_of, contains
    from twreplay._twiml import TwimlFinding, check_twiml

__all__ = [
    "ABSENT",
    "PRESENT",
    "Cassette",
    "Credentials",
    "Headers",
    "Interaction",
    "RecordMode",
    "Recorder",
    "Request",
    "Response",
    "Server",
    "Simulator",
    "TwimlFinding",
    "add_to_responses",
    "any_of",
    "block_network",
    "check_twiml",
    "contains",
    "errors",
    "faults",
    "is_signed",
    "sign",
    "simulate",
    "take",
    "use_cassette",
    "wsgi",
]

# Looked up on first use: pytest imports this package in every run of every project that has
# it installed, and most of those runs replay nothing.
_HOMES = {
    "ABSENT": "twreplay._simulator",
    "PRESENT": "twreplay._simulator",
    "any_of": "twreplay._simulator",
    "contains": "twreplay._simulator",
    "Cassette": "twreplay._cassette",
    "RecordMode": "twreplay._cassette",
    "Credentials": "twreplay._http",
    "Headers": "twreplay._http",
    "Interaction": "twreplay._http",
    "Request": "twreplay._http",
    "Response": "twreplay._http",
    "Server": "twreplay._server",
    "Simulator": "twreplay._simulator",
    "TwimlFinding": "twreplay._twiml",
    "Recorder": "twreplay._sessions",
    "add_to_responses": "twreplay._sessions",
    "block_network": "twreplay._sessions",
    "check_twiml": "twreplay._twiml",
    "is_signed": "twreplay._delivery",
    "sign": "twreplay._delivery",
    "take": "twreplay._delivery",
    "simulate": "twreplay._sessions",
    "use_cassette": "twreplay._sessions",
    "wsgi": "twreplay._server",
}

# Before pyfakefs puts its own finder first, which takes away what is first when it goes.
stand_ready()


def __getattr__(name: str) -> object:
    if name in ("errors", "faults"):
        return import_module(f"twreplay.{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("twreplay")
    if name in _HOMES:
        value: object = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    msg = f"module 'twreplay' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
