"""Which attributes of which classes are replaced, and where the real classes are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import chain
from operator import is_
from typing import Any, Final

from twreplay._interception.patch import Patch


@dataclass(frozen=True, slots=True, eq=False)
class Seam:
    """
    One class of a client.

    Attributes:
        adapter: Our module that knows the client. It imports the client, so it is imported when no
            lock of ours is held.

        modules: Where the class is found, and what it calls its module.

        attributes: What is replaced in it.

        coroutines: Those of them that are coroutine functions.
    """

    adapter: str
    modules: tuple[str, ...]
    owner: str
    attributes: tuple[str, ...] = ()
    coroutines: tuple[str, ...] = ()


_HTTPX: Final = ("httpx", "httpx._transports.default")
_HTTPX2: Final = ("httpx2", "httpx2._transports.default")
_CURL_CFFI: Final = ("httpx_curl_cffi", "httpx_curl_cffi.transport")
_PYREQWEST: Final = (
    "pyreqwest.compatibility.httpx",
    "pyreqwest.compatibility.httpx.transport",
    "pyreqwest.compatibility.httpx._transport",
)
_CONNECTION: Final = ("connect", "putrequest")
_SYNC: Final = ("handle_request",)
_ASYNC: Final = ("handle_async_request",)

SEAMS: Final = (
    Seam(
        "clients.http_client",
        ("http.client",),
        "HTTPConnection",
        ("connect", "putrequest", "getresponse"),
    ),
    Seam("clients.http_client", ("http.client",), "HTTPSConnection", ("connect",)),
    Seam("clients.http_client", ("urllib3.connection",), "HTTPConnection", _CONNECTION),
    Seam("clients.http_client", ("urllib3.connection",), "HTTPSConnection", ("connect",)),
    Seam("clients.niquests", ("urllib3._async.connection",), "AsyncHTTPConnection", _CONNECTION),
    Seam("clients.niquests", ("urllib3._async.connection",), "AsyncHTTPSConnection", _CONNECTION),
    Seam("clients.http_client", ("httplib2",), "HTTPConnectionWithTimeout", ("connect",)),
    Seam("clients.http_client", ("httplib2",), "HTTPSConnectionWithTimeout", ("connect",)),
    Seam("clients.requests", ("requests.adapters",), "HTTPAdapter", ("send",)),
    Seam("clients.httpx", _HTTPX, "HTTPTransport", _SYNC),
    Seam("clients.httpx", _HTTPX, "AsyncHTTPTransport", coroutines=_ASYNC),
    Seam("clients.aiohttp", ("aiohttp.connector",), "BaseConnector", coroutines=("connect",)),
    Seam(
        "clients.tornado", ("tornado.simple_httpclient",), "SimpleAsyncHTTPClient", ("fetch_impl",)
    ),
    Seam("clients.tornado", ("tornado.curl_httpclient",), "CurlAsyncHTTPClient", ("fetch_impl",)),
    Seam("clients.httpx", _HTTPX2, "HTTPTransport", _SYNC),
    Seam("clients.httpx", _HTTPX2, "AsyncHTTPTransport", coroutines=_ASYNC),
    Seam("clients.httpx_compatible", _CURL_CFFI, "CurlTransport", _SYNC),
    Seam("clients.httpx_compatible", _CURL_CFFI, "AsyncCurlTransport", coroutines=_ASYNC),
    Seam("clients.httpx_compatible", _PYREQWEST, "SyncHttpxTransport", _SYNC),
    Seam("clients.httpx_compatible", _PYREQWEST, "HttpxTransport", coroutines=_ASYNC),
    Seam("mock_libraries", ("responses",), "RequestsMock", ("_on_request",)),
    Seam("mock_libraries", ("requests_mock.adapter",), "Adapter", ("send",)),
    Seam(
        "mock_libraries",
        ("pytest_httpx._httpx_mock",),
        "HTTPXMock",
        ("_handle_request",),
        ("_handle_async_request",),
    ),
    Seam(
        "mock_libraries",
        ("vcr.cassette",),
        "Cassette",
        ("can_play_response_for", "filter_request", "append"),
    ),
    Seam(
        "mock_libraries", ("vcr.cassette",), "CassetteContextDecorator", ("__enter__", "__exit__")
    ),
    Seam("threads", ("concurrent.futures.thread",), "ThreadPoolExecutor", ("submit",)),
    Seam("threads", ("threading",), "Thread", ("start",)),
    Seam("mock_libraries", ("unittest.mock", "mock.mock"), "_patch", ("__delattr__",)),
    Seam("mock_libraries", ("_pytest.monkeypatch",), "MonkeyPatch", ("undo",)),
)

# Those that put back what stood somewhere, which may take ours away or bring it back.
RESTORERS: Final = frozenset({"CassetteContextDecorator", "_patch", "MonkeyPatch"})

MODULES: Final = frozenset(module for seam in SEAMS for module in seam.modules)

# Where the classes of the clients are looked for; what stands there decides which are patched.
_PLACES: Final = tuple((module, seam.owner) for seam in SEAMS for module in seam.modules)
_NAMES: Final = tuple(MODULES)
_EMPTY: Final[dict[str, object]] = {}

# All classes that were ever found, because code keeps those of a module that is imported again.
_owners: dict[Seam, list[type]] = {}
_patches: dict[tuple[Seam, type, str], Patch] = {}

# What stood in the modules of a seam when its classes were last looked for.
_standing: dict[Seam, tuple[object, ...]] = {}


# The adapters that were not imported yet, and what they wait for.
_not_loaded: dict[str, tuple[str, ...]] = {
    seam.adapter: tuple(m for each in SEAMS if each.adapter == seam.adapter for m in each.modules)
    for seam in SEAMS
}

# What stood in all places when the patches were last listed: the modules, and in the namespace of
# each that was there, the class. To ask 29 seams takes 30 µs, and sessions open by the thousand.
_modules_when_listed: Sequence[object] = ()
_standing_when_listed: list[tuple[Mapping[str, object], str, object]] = []
_listed: list[Patch] = []

# Attributes that are another seam's as long as they are not set in this class.
_left_out: list[tuple[type, str]] = []


def _is_as_listed() -> bool:
    """Return whether the classes of all clients are those of the last list."""
    if not all(map(is_, map(sys.modules.get, _NAMES), _modules_when_listed)):
        return False
    for namespace, name, there in _standing_when_listed:
        if namespace.get(name) is not there:
            return False
    return bool(_modules_when_listed)


def _note_listed() -> None:
    """Note what stands in each place, and each attribute that was left out."""
    global _modules_when_listed, _standing_when_listed
    modules = [sys.modules.get(name) for name in _NAMES]
    spaces = dict(zip(_NAMES, (getattr(each, "__dict__", _EMPTY) for each in modules), strict=True))
    standing: list[tuple[Mapping[str, object], str]] = [
        (spaces[module], owner) for module, owner in _PLACES if spaces[module]
    ]
    standing += [(vars(owner), name) for owner, name in _left_out]
    _standing_when_listed = [(space, name, space.get(name)) for space, name in standing]
    _modules_when_listed = modules


def load_adapters() -> None:
    """
    Import what knows the clients that are imported. Held locks could meet Python's own here.

    Raises:
        ImportError: One of ours cannot be imported; nothing has been replaced yet.
    """
    for adapter, modules in list(_not_loaded.items()):
        if any(module in sys.modules and _is_complete(module) for module in modules):
            import_module(f"twreplay._interception.{adapter}")
            _not_loaded.pop(adapter, None)


def list_wanted_patches() -> list[Patch]:
    """Return a patch for each attribute of each client that is imported. Imports nothing."""
    global _listed
    if not _is_as_listed():
        _left_out.clear()
        _listed = list(_find_patches())
        _note_listed()
    return _listed


def _find_patches() -> Iterator[Patch]:
    for seam in SEAMS:
        for owner in _real_owners(seam):
            for name in (*seam.attributes, *seam.coroutines):
                key = (seam, owner, name)
                if key not in _patches:
                    if _is_replaced_below(seam, owner, name):
                        _left_out.append((owner, name))
                        continue
                    _patches[key] = Patch(owner, name, _late(seam, name))
                yield _patches[key]


def _is_replaced_below(seam: Seam, owner: type, name: str) -> bool:
    """Return whether the attribute that *owner* has or calls is another seam's."""
    if name not in _CONNECTION:
        return False
    if name not in vars(owner):
        return True
    # urllib3's calls that of http.client; urllib3-future's, of niquests, does not.
    is_urllib3 = name == "putrequest" and seam.modules == ("urllib3.connection",)
    return is_urllib3 and any(base.__module__ == "http.client" for base in owner.__mro__)


# They only become more.
_made: tuple[list[Patch], list[Patch]] = [], []


def split_made_patches() -> tuple[list[Patch], list[Patch]]:
    """Return all patches there are: those of clients, and those of *RESTORERS*."""
    global _made
    if len(_made[0]) + len(_made[1]) != len(_patches):
        split: tuple[list[Patch], list[Patch]] = [], []
        for (seam, _, _), patch in list(_patches.items()):
            split[seam.owner in RESTORERS].append(patch)
        _made = split
    return _made


def made_patches() -> Iterable[Patch]:
    """All patches there are."""
    return chain(*split_made_patches())


def _is_complete(module: str) -> bool:
    """Return whether *module* and the package that it is in are imported to the end."""
    names = (module, module.partition(".")[0])
    found = [sys.modules.get(name) for name in names]
    return all(
        there is not None and not getattr(getattr(there, "__spec__", None), "_initializing", False)
        for there in found
    )


def _real_owners(seam: Seam) -> list[type]:
    """
    Return the client's own classes, even if others stand in their place in its modules.

    vcrpy puts subclasses there, and mock.patch anything at all.
    """
    modules = [sys.modules[name] for name in seam.modules if name in sys.modules]
    known = _owners.setdefault(seam, [])
    standing = [vars(module).get(seam.owner) for module in modules]
    before = _standing.get(seam, ())
    if len(before) == len(standing) and all(map(is_, before, standing)):
        return known
    found = [owner for there in standing for owner in _in_line(seam, there)]
    if not found and any(there is not None for there in standing):
        found = [owner for owner in _all_classes() if _is_real(seam, owner)]
    for owner in found:
        if not any(owner is one for one in known):
            known.append(owner)
    # Last: what is noted here is not looked for again, and this may be interrupted anywhere.
    _standing[seam] = tuple(standing)
    return known


def _in_line(seam: Seam, there: object) -> list[type]:
    """The real class among *there* and what it derives from."""
    if not issubclass(type(there), type):
        return []
    return [owner for owner in type.mro(there) if _is_real(seam, owner)]  # type: ignore[arg-type]


def _is_real(seam: Seam, owner: type) -> bool:
    return owner.__qualname__ == seam.owner and owner.__module__ in seam.modules


def _all_classes() -> Iterator[type]:
    seen: set[type] = {object}
    left: list[type] = [object]
    while left:
        derivatives: list[type] = type.__subclasses__(left.pop())
        for derived in derivatives:
            if derived not in seen:
                seen.add(derived)
                left.append(derived)
                yield derived


def _late(seam: Seam, name: str) -> Callable[[Any], Any]:
    """Return what makes a stand-in: the adapter's, or one that imports it when it is called."""
    key = f"{seam.owner}.{name}"
    module = f"twreplay._interception.{seam.adapter}"

    def replacement(original: Callable[..., Any]) -> Callable[..., Any]:
        if _is_complete(module):
            ready: Callable[..., Any] = sys.modules[module].replacements(seam.modules[0])[key](
                original
            )
            return ready

        @cache
        def made() -> Callable[..., Any]:
            stand_in: Callable[..., Any] = import_module(module).replacements(seam.modules[0])[key](
                original
            )
            return stand_in

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            return await made()(*args, **kwargs)

        def function(*args: Any, **kwargs: Any) -> Any:
            return made()(*args, **kwargs)

        return coroutine if name in seam.coroutines else function

    return replacement


def list_places() -> dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]]:
    """
    Return what is replaced in HTTP clients, by the top-level name of the client.

    Each place is the modules that may hold the class, its name, and its attributes.
    """
    places: dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]] = {}
    for seam in SEAMS:
        if seam.adapter.startswith("clients."):
            own = seam.adapter == "clients.niquests"  # its classes are in a fork of urllib3
            name = "niquests" if own else seam.modules[0].partition(".")[0]
            attributes = (*seam.attributes, *seam.coroutines)
            places.setdefault(name, []).append((seam.modules, seam.owner, attributes))
    return places
