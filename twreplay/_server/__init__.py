"""The simulator and cassettes as servers: over WSGI, and over HTTP for every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._server.application import wsgi
    from twreplay._server.asgi import build_application
    from twreplay._server.authority import Authority, open_authority
    from twreplay._server.backend import Backend, CassetteBackend, SimulatorBackend
    from twreplay._server.client import Server
    from twreplay._server.control import build_control
    from twreplay._server.environment import build_environment
    from twreplay._server.openapi import build_openapi
    from twreplay._server.proxy import Proxy
    from twreplay._server.running import RunningServer, open_socket
    from twreplay._server.timeline import LIMIT, Event

__all__ = [
    "LIMIT",
    "Authority",
    "Backend",
    "CassetteBackend",
    "Event",
    "Proxy",
    "RunningServer",
    "Server",
    "SimulatorBackend",
    "build_application",
    "build_control",
    "build_environment",
    "build_openapi",
    "open_authority",
    "open_socket",
    "wsgi",
]

__getattr__ = load_from(
    __name__,
    {
        "Authority": "authority",
        "Backend": "backend",
        "CassetteBackend": "backend",
        "Event": "timeline",
        "LIMIT": "timeline",
        "Proxy": "proxy",
        "RunningServer": "running",
        "Server": "client",
        "SimulatorBackend": "backend",
        "build_application": "asgi",
        "build_control": "control",
        "build_environment": "environment",
        "build_openapi": "openapi",
        "open_authority": "authority",
        "open_socket": "running",
        "wsgi": "application",
    },
)
