"""
Blocking of the network, below every client: at the sockets, and at the resolution of names.

CPython announces each connection, datagram and look-up to audit hooks before it happens, whichever
module, alias or library asks. A hook cannot be removed, so ours does nothing while there is no
block. The patches beside it are for what the hook cannot see: results of look-ups, names that
``connect`` resolves by itself before it says so, and uvloop, whose sockets are outside CPython.

Decides nothing about the API. What is allowed is allowed for the whole process, because a socket
does not know who asked for it.
"""

from __future__ import annotations

import _socket
import ipaddress
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, TypeAlias

from twreplay._call_site import find_call_site
from twreplay._explanation import Explanation, Remedy
from twreplay._interception.patch import Patch
from twreplay._locking import ProcessLock
from twreplay.errors import NetworkBlocked, UsageError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNIX = "unix"


@dataclass(eq=False)
class Allowed:
    """
    Hosts that can be reached while the network is blocked.

    Attributes:
        written: As the user wrote it, for messages.

        names: Host names in lower case; their addresses, once resolved, are allowed too.

        resolved: Those addresses.

        asked: Names that were looked up where the answer could not be seen.
    """

    written: tuple[str, ...] = ()
    names: set[str] = field(default_factory=set)
    networks: list[Network] = field(default_factory=list)
    patterns: list[re.Pattern[str]] = field(default_factory=list)
    unix: list[str] = field(default_factory=list)
    resolved: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    @classmethod
    def parse(cls, hosts: Iterable[str]) -> Allowed:
        """
        Read names, addresses, ranges (``10.0.0.0/8``), ``re:`` patterns and ``unix:`` paths.

        Raises:
            UsageError: A host has none of these forms.
        """
        if isinstance(hosts, str):
            hosts = [part.strip() for part in hosts.split(",") if part.strip()]
        if not isinstance(hosts, Iterable):
            msg = f"allowed_hosts takes a list of hosts, as text, not {hosts!r}."
            raise UsageError(msg)
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
        """Return whether the name or address *host* may be reached."""
        name = host.lower().rstrip(".")
        if name in self.names or name in self.resolved:
            return True
        if any(pattern.fullmatch(name) for pattern in self.patterns):
            return True
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(address in network or mapped in network for network in self.networks)

    def allows_address(self, address: str) -> bool:
        """
        Return whether *address* may be connected to.

        A name that was looked up by a function bound before the block began, or by gevent, is
        looked up once more to learn its addresses.
        """
        if self.allows_host(address):
            return True
        while self.asked:
            name = self.asked.pop()
            try:
                found = _look_up(name)
            except OSError:
                continue
            self.resolved.update(found)
        return self.allows_host(address)

    def allows_unix(self, path: str) -> bool:
        """Return whether the Unix socket at *path* may be reached."""
        return any(not allowed or path == allowed for allowed in self.unix)


# Replaced, never changed: the hook reads it from any thread, and takes no lock.
_blocks: tuple[Allowed, ...] = ()
_installed: list[Patch] = []
_covered: list[Patch] = []
_lock = ProcessLock()
_is_hooked = False
_passing = threading.local()


def block(allowed: Allowed) -> None:
    """
    Block everything that is not *allowed*, until *unblock*.

    If it raises, *allowed* blocks nothing.
    """
    global _is_hooked
    try:
        if not _is_hooked:
            sys.addaudithook(_audit)
            _is_hooked = True
        _lock.call(lambda: _begin(allowed))
    except BaseException:
        unblock(allowed)
        raise


def _begin(allowed: Allowed) -> None:
    global _blocks
    _blocks = (*_blocks, allowed)
    _install(_PATCHES)
    _install_late()


def unblock(allowed: Allowed) -> None:
    """End a block, if it has not ended yet."""
    try:
        _lock.call(lambda: _end(allowed))
    except BaseException:
        _lock.call(lambda: _end(allowed))
        raise


def _end(allowed: Allowed) -> None:
    global _blocks
    _blocks = tuple(one for one in _blocks if one is not allowed)
    if not _blocks:
        while _installed:
            _installed[-1].remove()
            if (patch := _installed.pop()).is_in:
                _covered.append(patch)
        _patched.clear()


def remove_covered() -> None:
    """Remove what blocks that have ended could not, because a session had covered it."""
    if _covered:
        _lock.call(_remove_covered)


def _remove_covered() -> None:
    _covered[:] = [patch for patch in _covered if not _is_removed(patch)]


def _is_removed(patch: Patch) -> bool:
    patch.remove()
    return not patch.is_in


def _install(patches: Iterable[Patch]) -> None:
    for patch in patches:
        if patch not in _installed:
            _installed.append(patch)
        patch.install()


_patched: set[str] = set()


def _install_late() -> None:
    """Patch what has been imported by now. Asked with each new socket, which uvloop makes too."""
    for name, patches in _LATE.items():
        if name in sys.modules and name not in _patched:
            _lock.call(partial(_install_into, name, patches))


def _install_into(name: str, patches: Callable[[ModuleType], Iterable[Patch]]) -> None:
    module = sys.modules[name]
    if _blocks and name not in _patched and hasattr(module, _READY[name]):
        _patched.add(name)
        _install(patches(module))


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _blocks and event in _EVENTS and not getattr(_passing, "is_ours", False):
        _EVENTS[event](*arguments)


def _look_up(name: str) -> set[str]:
    _passing.is_ours = True
    try:
        return {str(entry[4][0]).lower() for entry in _socket.getaddrinfo(name, None)}
    finally:
        _passing.is_ours = False


def _check(kind: str, where: str, is_allowed: Callable[[Allowed], bool]) -> None:
    __tracebackhide__ = True
    blocking = next((b for b in reversed(_blocks) if not is_allowed(b)), None)
    if blocking is not None:
        raise _build_error(kind, where, blocking)


def _check_name(name: Any) -> None:
    """See to it that *name* may be looked up; empty ones stand for this machine's addresses."""
    __tracebackhide__ = True
    text = _text(name)
    if text:
        _check("host", text, lambda allowed: allowed.allows_address(text))


def _text(given: Any) -> str:
    if given is None:
        return ""
    if isinstance(given, bytes | bytearray):
        return bytes(given).decode("utf-8", "replace")
    return str(given)


def _build_error(kind: str, where: str, allowed: Allowed) -> NetworkBlocked:
    site = find_call_site()
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


def _check_address(sock: Any, address: Any) -> None:
    __tracebackhide__ = True
    family = sock.family
    if address is None or family in _LOCAL:
        return
    if family == getattr(socket, "AF_UNIX", None):
        path = _text(address)
        _check("Unix socket", path, lambda allowed: allowed.allows_unix(path))
        return
    if family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and address:
        host = _text(address[0]) or ("0.0.0.0" if family == socket.AF_INET else "::")  # noqa: S104
    else:
        host = repr(address)
    _check("host", host, lambda allowed: allowed.allows_address(host))


# Families whose sockets reach no further than the kernel.
_LOCAL = {getattr(socket, name, None) for name in ("AF_NETLINK", "AF_ALG", "AF_SYSTEM", "AF_ROUTE")}


def _note_name(name: Any) -> None:
    """As *_check_name*; what is found cannot be seen from here."""
    __tracebackhide__ = True
    _check_name(name)
    text = _text(name)
    if text and not getattr(_passing, "is_seen", False):
        for allowed in _blocks:
            allowed.asked.add(text)


def _check_reverse(address: Any, *_: Any) -> None:
    __tracebackhide__ = True
    _check_name(address[0] if isinstance(address, tuple) and address else address)


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        _check_address(self, address)
        return original(self, address, *args)

    return connect


def _sendto(original: Callable[..., Any]) -> Callable[..., Any]:
    def sendto(self: socket.socket, data: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        # The address is the last argument; flags may stand before it.
        if args:
            _check_address(self, args[-1])
        return original(self, data, *args)

    return sendto


def _sendmsg(original: Callable[..., Any]) -> Callable[..., Any]:
    def sendmsg(self: socket.socket, buffers: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        if len(args) > 2:
            _check_address(self, args[2])
        return original(self, buffers, *args)

    return sendmsg


def _getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _check_name(host)
        found = _seen(original, host, *args, **kwargs)
        if _text(host):
            _note_addresses(entry[4][0] for entry in found)
        return found

    return getaddrinfo


def _gethostbyname(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def gethostbyname(host: str) -> Any:
        __tracebackhide__ = True
        _check_name(host)
        found = _seen(original, host)
        _note_addresses([found] if isinstance(found, str) else found[2])
        return found

    return gethostbyname


def _seen(look_up: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Look up where the answer can be seen, so that the hook need not note the name."""
    __tracebackhide__ = True
    _passing.is_seen = True
    try:
        return look_up(*args, **kwargs)
    finally:
        _passing.is_seen = False


def _note_addresses(addresses: Iterable[Any]) -> None:
    found = {str(address).lower() for address in addresses}
    for allowed in _blocks:
        allowed.resolved |= found


def _getfqdn(original: Callable[..., str]) -> Callable[..., str]:
    def getfqdn(name: str = "") -> str:
        __tracebackhide__ = True
        own = socket.gethostname()
        if name.strip() in ("", "0.0.0.0", "::", own):  # noqa: S104
            # Mails and their tests ask for the own name; it is known without asking the network.
            return own
        if sys._getframe(1).f_code.co_name == "server_bind":
            return name  # of http.server, which only prints it
        _check_name(name)
        return original(name)

    return getfqdn


def _of_httpx(module: ModuleType) -> tuple[Patch, ...]:
    return (Patch(module.AsyncHTTPTransport, "handle_async_request", _unwrapping),)


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


def _of_asyncio(module: ModuleType) -> tuple[Patch, ...]:
    # It logs what the socket raises, and goes on.
    return (Patch(module._SelectorDatagramTransport, "sendto", _sending_from),)


def _sending_from(original: Callable[..., None]) -> Callable[..., None]:
    def sendto(self: Any, data: Any, addr: Any = None) -> None:
        __tracebackhide__ = True
        _check_address(self._sock, addr)
        original(self, data, addr)

    return sendto


def _of_uvloop(module: ModuleType) -> tuple[Patch, ...]:
    """Patch what goes around CPython's sockets; the rest of its methods are given a socket."""
    loop = module.Loop
    return (
        Patch(loop, "getaddrinfo", _looking_up),
        Patch(loop, "getnameinfo", _naming),
        Patch(loop, "create_connection", _connecting),
        Patch(loop, "create_unix_connection", _connecting_to_path),
        Patch(loop, "create_datagram_endpoint", _sending),
    )


def _looking_up(original: Callable[..., Any]) -> Callable[..., Any]:
    async def getaddrinfo(self: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _check_name(host)
        found = await original(self, host, *args, **kwargs)
        if _text(host):
            _note_addresses(entry[4][0] for entry in found)
        return found

    return getaddrinfo


def _naming(original: Callable[..., Any]) -> Callable[..., Any]:
    async def getnameinfo(self: Any, sockaddr: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        _check_reverse(sockaddr)
        return await original(self, sockaddr, *args)

    return getnameinfo


def _connecting(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_connection(
        self: Any, factory: Any, host: Any = None, port: Any = None, **kwargs: Any
    ) -> Any:
        __tracebackhide__ = True
        if kwargs.get("sock") is None:
            name = _text(host) or "localhost"
            _check("host", name, lambda allowed: allowed.allows_address(name))
        return await original(self, factory, host, port, **kwargs)

    return create_connection


def _connecting_to_path(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_unix_connection(
        self: Any, factory: Any, path: Any = None, **kwargs: Any
    ) -> Any:
        __tracebackhide__ = True
        if kwargs.get("sock") is None and path is not None:
            text = _text(path)
            _check("Unix socket", text, lambda allowed: allowed.allows_unix(text))
        return await original(self, factory, path, **kwargs)

    return create_unix_connection


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    async def create_datagram_endpoint(
        self: Any, factory: Any, local_addr: Any = None, remote_addr: Any = None, **kwargs: Any
    ) -> Any:
        __tracebackhide__ = True
        if isinstance(remote_addr, tuple):
            host = _text(remote_addr[0])
            _check("host", host, lambda allowed: allowed.allows_address(host))
        elif remote_addr is not None:
            path = _text(remote_addr)
            _check("Unix socket", path, lambda allowed: allowed.allows_unix(path))
        made: list[_Checked] = []

        def checked() -> Any:
            made.append(_Checked(factory()))
            return made[0]

        transport, _ = await original(
            self, checked, local_addr=local_addr, remote_addr=remote_addr, **kwargs
        )
        return _Datagrams(transport), made[0]._protocol

    return create_datagram_endpoint


class _Checked:
    """A protocol whose transport sends only what may be sent."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def connection_made(self, transport: Any) -> None:
        """Hand on *transport*, behind the checks."""
        self._protocol.connection_made(_Datagrams(transport))


class _Datagrams:
    """A transport of uvloop's, whose class cannot be patched."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send *data*, if *addr* may be reached."""
        __tracebackhide__ = True
        if isinstance(addr, tuple):
            host = _text(addr[0])
            _check("host", host, lambda allowed: allowed.allows_address(host))
        self._transport.sendto(data, addr)


_PATCHES = (
    Patch(socket.socket, "connect", _connect),
    Patch(socket.socket, "connect_ex", _connect),
    Patch(socket.socket, "sendto", _sendto),
    Patch(socket.socket, "sendmsg", _sendmsg),
    Patch(socket, "getaddrinfo", _getaddrinfo),
    Patch(socket, "gethostbyname", _gethostbyname),
    Patch(socket, "gethostbyname_ex", _gethostbyname),
    Patch(socket, "getfqdn", _getfqdn),
)

_EVENTS: dict[str, Callable[..., None]] = {
    "socket.__new__": lambda *_: _install_late(),
    "socket.connect": _check_address,
    "socket.sendto": _check_address,
    "socket.sendmsg": _check_address,
    "socket.getaddrinfo": lambda host, *_: _note_name(host),
    "socket.gethostbyname": lambda host, *_: _note_name(host),
    "socket.gethostbyaddr": _check_reverse,
    "socket.getnameinfo": _check_reverse,
}

# What is patched once it has been imported, and what it has when that is complete.
_LATE: dict[str, Callable[[ModuleType], Iterable[Patch]]] = {
    "httpx": _of_httpx,
    "httpx2": _of_httpx,
    "uvloop": _of_uvloop,
    "asyncio.selector_events": _of_asyncio,
}
_READY = {
    "httpx": "AsyncHTTPTransport",
    "httpx2": "AsyncHTTPTransport",
    "uvloop": "Loop",
    "asyncio.selector_events": "_SelectorDatagramTransport",
}
