"""Patches go in when the first session opens, and out when the last one closes."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Final

from wrapt import register_post_import_hook

from twreplay._interception._patches import Patch
from twreplay._interception._router import Source, enter, leave

if TYPE_CHECKING:
    from twreplay._simulator import Simulator

# The module whose import means that a program uses the client, and ours that knows the client.
# What ours imports has to be there by then: of requests, the whole package.
_CLIENTS: Final = {
    "http.client": "_http_client",
    "urllib3.connection": "_http_client",
    "urllib3._async.connection": "_niquests",
    "httplib2": "_http_client",
    "requests": "_requests",
    "httpx": "_httpx",
    "aiohttp": "_aiohttp",
    "tornado.simple_httpclient": "_tornado",
    "tornado.curl_httpclient": "_tornado",
    "httpx2": "_httpx",
    "httpx_curl_cffi": "_httpx_kin",
    "pyreqwest.compatibility.httpx": "_httpx_kin",
    "responses": "_mock_libraries",
    "requests_mock.adapter": "_mock_libraries",
    "pytest_httpx._httpx_mock": "_mock_libraries",
}

_lock = RLock()
_is_installed = False
_is_hooked = False
_patches: dict[str, list[Patch]] = {}


def open_source(source: Source, simulator: Simulator | None = None) -> None:
    """
    Let *source* answer from here on, in this context and those that come from it.

    Args:
        simulator: Whose journal also has what is let fail in a rehearsal.
    """
    global _is_installed
    with _lock:
        if enter(source, simulator) or not _is_installed:
            _is_installed = True
            _hook()
            for client in _CLIENTS:
                if client in sys.modules:
                    _install(client)


def close_source(source: Source) -> None:
    """Let *source* answer no more."""
    global _is_installed
    with _lock:
        if leave(source):
            _is_installed = False
            for patches in _patches.values():
                for patch in patches:
                    patch.remove()
            _active.clear()


_active: set[str] = set()


def _install(client: str) -> None:
    if client in _active:
        return
    _active.add(client)
    if client not in _patches:
        module = import_module(f"twreplay._interception.{_CLIENTS[client]}")
        _patches[client] = list(module.patches(sys.modules[client]))
    for patch in _patches[client]:
        patch.install()


def _hook() -> None:
    """See to it that a client imported while a session is open does not escape."""
    global _is_hooked
    if _is_hooked:
        return
    _is_hooked = True
    # Before the hooks: theirs run before a package has the module as an attribute.
    import_module("http.client")
    for client in _CLIENTS:
        if client not in sys.modules:
            register_post_import_hook(_imported, client)


def _imported(module: ModuleType) -> None:
    with _lock:
        if _is_installed:
            _install(module.__name__)
