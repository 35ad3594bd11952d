"""
Blocking of the network, below every client: at the sockets, and at the resolution of names.

Decides nothing about the API. What is allowed is allowed for the whole process, because a socket
does not know who asked for it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, TypeAlias

from twreplay._callers import call_site
from twreplay._explanation import Explanation, Remedy
from twreplay._interception._patches import Patch
from twreplay.errors import NetworkBlocked, UsageError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNIX = "unix"


@dataclass(eq=False)
class Allowed:
    """
    What may be reached while the network is blocked.

    Attributes:
        written: As the user wrote it, for messages.

        names: Host names in lower case; their addresses, once resolved, are allowed too.
    """

    written: tuple[str, ...] = ()
    names: set[str] = field(default_factory=set)
    networks: list[Network] = field(default_factory=list)
    patterns: list[re.Pattern[str]] = field(default_factory=list)
    unix: list[str] = field(default_factory=list)
    resolved: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, hosts: Iterable[str]) -> Allowed:
        """
        Read names, addresses, ranges (``10.0.0.0/8``), ``re:`` patterns and ``unix:`` paths.

        Raises:
            UsageError: One of them is none of these.
        """
        if isinstance(hosts, str):
            hosts = [part.strip() for part in hosts.split(",") if part.strip()]
        written = tuple(hosts)
        allowed = cls(written)
        for host in written:
            if not isinstance(host, str) or not host:
                msg = f"allowed_hosts takes text, not {host!r}."
                raise UsageError(msg)
            allowed._add(host)
        return allowed

    def _add(self, host: str) -> None:
        if host == _UNIX or host.startswith(f"{_UNIX}:"):
            self.unix.append(host.partition(":")[2])
            return
        if host.startswith("re:"):
            try:
                self.patterns.append(re.compile(host[3:], re.IGNORECASE))
            except re.error as error:
                msg = f"allowed_hosts has {host!r}, which is no regular expression: {error}."
                raise UsageError(msg) from error
            return
        try:
            self.networks.append(ipaddress.ip_network(host, strict=False))
        except ValueError:
            if "/" in host or ":" in host:
                msg = (
                    f"allowed_hosts has {host!r}; it takes names (example.com), addresses "
                    "(127.0.0.1), ranges (10.0.0.0/8), patterns (re:.*\\.test) and Unix sockets "
                    "(unix or unix:/path)."
                )
                raise UsageError(msg) from None
            self.names.add(host.lower().rstrip("."))

    def allows_host(self, host: str) -> bool:
        """Whether the name or address *host* may be reached."""
        name = host.lower().rstrip(".")
        if name in self.names or name in self.resolved:
            return True
        if any(pattern.fullmatch(name) for pattern in self.patterns):
            return True
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self.networks)

    def allows_unix(self, path: str) -> bool:
        """Whether the Unix socket at *path* may be reached."""
        return any(not allowed or path == allowed for allowed in self.unix)


_blocks: list[Allowed] = []
_installed: list[Patch] = []
_lock = RLock()


def block(allowed: Allowed) -> None:
    """Let nothing through but what is *allowed*, until *unblock*."""
    with _lock:
        _blocks.append(allowed)
        if len(_blocks) == 1:
            _installed.extend((*_PATCHES, *_of_httpx()))
            for patch in _installed:
                patch.install()


def unblock(allowed: Allowed) -> None:
    """End what *block* began."""
    with _lock:
        _blocks.remove(allowed)
        if not _blocks:
            for patch in _installed:
                patch.remove()
            _installed.clear()


def _check(kind: str, where: str, is_allowed: Callable[[Allowed], bool]) -> None:
    with _lock:
        blocking = next((b for b in reversed(_blocks) if not is_allowed(b)), None)
    if blocking is not None:
        raise _blocked(kind, where, blocking)


def _blocked(kind: str, where: str, allowed: Allowed) -> NetworkBlocked:
    site = call_site()
    to_allow = f"unix:{where}" if kind == "Unix socket" else where
    everything = ",".join([*allowed.written, to_allow])
    error = NetworkBlocked(
        Explanation(
            headline=f"the network is blocked, and the {kind} {where} is not allowed.",
            place=(f"asked for by {site}",) if site else (),
            facts=(("allowed", ", ".join(allowed.written) or "nothing"),),
            remedies=(
                Remedy("It is needed: allow it.", f"pytest --twreplay-allowed-hosts={everything}"),
                Remedy("It is a request to the API: simulate it, or replay it from a cassette."),
            ),
            anchor="network-blocked",
        )
    )
    error.host = where
    return error


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, *args: Any) -> Any:
        _check_address(self, address)
        return original(self, address, *args)

    return connect


def _sendto(original: Callable[..., Any]) -> Callable[..., Any]:
    def sendto(self: socket.socket, data: Any, *args: Any) -> Any:
        # The address is the last argument; flags may stand before it.
        if args:
            _check_address(self, args[-1])
        return original(self, data, *args)

    return sendto


def _check_address(self: socket.socket, address: Any) -> None:
    if self.family == getattr(socket, "AF_UNIX", None):
        path = address.decode(errors="replace") if isinstance(address, bytes) else str(address)
        _check("Unix socket", path, lambda allowed: allowed.allows_unix(path))
    elif self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        host = str(address[0])
        _check("host", host, lambda allowed: allowed.allows_host(host))


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is None:
            return original(host, *args, **kwargs)
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        _check("host", name, lambda allowed: allowed.allows_host(name))
        found = original(host, *args, **kwargs)
        with _lock:
            for allowed in _blocks:
                allowed.resolved.update(str(entry[4][0]).lower() for entry in found)
        return found

    return getaddrinfo


def _gethostbyname(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def gethostbyname(host: str) -> Any:
        _check("host", host, lambda allowed: allowed.allows_host(host))
        found = original(host)
        address = found if isinstance(found, str) else None
        with _lock:
            for allowed in _blocks:
                allowed.resolved.update([address] if address else found[2])
        return found

    return gethostbyname


def _of_httpx() -> tuple[Patch, ...]:
    httpx = sys.modules.get("httpx")
    if httpx is None:
        return ()
    return (Patch(httpx.AsyncHTTPTransport, "handle_async_request", _unwrapping),)


def _unwrapping(original: Callable[..., Any]) -> Callable[..., Any]:
    """Anyio connects in a group of tasks, and puts what they raise into a group as well."""

    async def handle_async_request(self: Any, request: Any) -> Any:
        try:
            return await original(self, request)
        except BaseExceptionGroup as group:
            blocked: Any = group.subgroup(NetworkBlocked)
            while isinstance(blocked, BaseExceptionGroup):
                blocked = blocked.exceptions[0]
            if blocked is None:
                raise
            raise blocked from None

    return handle_async_request


_PATCHES = (
    Patch(socket.socket, "connect", _connect),
    Patch(socket.socket, "connect_ex", _connect),
    Patch(socket.socket, "sendto", _sendto),
    Patch(socket, "getaddrinfo", _getaddrinfo),
    Patch(socket, "gethostbyname", _gethostbyname),
    Patch(socket, "gethostbyname_ex", _gethostbyname),
)
