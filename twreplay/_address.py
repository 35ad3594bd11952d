"""The requests that this library answers: version and hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address

from twreplay._call_site import CallSite
from twreplay._display import shown_url
from twreplay._explanation import Explanation, Remedy, shorten
from twreplay._http import Request
from twreplay.errors import NotSimulated, UsageError

API_HOST = "api.twilio.com"
VERSION = "2008-08-01"
API_ROOT = f"/{VERSION}"

_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})*")


def is_this_version(request: Request) -> bool:
    """Return whether *request* is for this version of the API, on any host."""
    return request.path == API_ROOT or request.path.startswith((API_ROOT + "/", API_ROOT + "."))


def check_version(request: Request, call_site: CallSite) -> None:
    """
    Check that *request* is for this version of the API.

    Raises:
        NotSimulated: It goes to another part of the host.
    """
    if is_this_version(request):
        return
    __tracebackhide__ = True
    version = shorten(shown_url(request.path).split("/")[1], 60) or "no version"
    place = (f"{request.method} {request.shown_url.partition('?')[0]}",)
    error = NotSimulated(
        Explanation(
            headline=f"twreplay is about {API_ROOT}, and this request is for /{version}.",
            place=place + ((f"sent by {sent_by}",) if (sent_by := call_site()) else ()),
            detail="It was refused and not sent: by accident it could have cost money.",
            remedies=(
                Remedy(f"Point the client at https://{request.host}{API_ROOT}."),
                Remedy("If it is meant to go out, do it outside the session."),
            ),
            anchor="not-simulated",
        )
    )
    error.request = request
    raise error


def parse_hosts(given: object) -> frozenset[str]:
    """
    Return the given host names, in lower case; the API's own if *given* is None.

    Raises:
        UsageError: One of them is not a host name, or there is none: what no session takes is sent.
    """
    if given is None:
        return frozenset({API_HOST})
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable) or isinstance(names, bytes | bytearray | memoryview):
        msg = f"hosts takes host names, not {type(given).__name__}."
        raise UsageError(msg)
    hosts = {form for name in names for form in _list_forms(name)}
    if not hosts:
        msg = "hosts is empty: no request would be intercepted, and each would be sent."
        raise UsageError(msg)
    return frozenset(hosts)


def _list_forms(name: object) -> tuple[str, ...]:
    """Return *name* as clients may give it: one with an umlaut comes as ``xn--...``, too."""
    forms = _read_host(name) if isinstance(name, str) else ()
    if not forms:
        shown = shorten(repr(name), 60) if isinstance(name, str) else type(name).__name__
        msg = (
            f"hosts takes host names such as {API_HOST!r}, without scheme, port, user or wildcard, "
            f"not {shown}."
        )
        raise UsageError(msg)
    return forms


# Cached: each session reads its hosts, and the codec takes 10 µs.
@lru_cache(maxsize=64)
def _read_host(name: str) -> tuple[str, ...]:
    host = name.lower().removesuffix(".")
    if host.startswith("[") and host.endswith("]"):  # as URLs have addresses of version 6
        host = host[1:-1]
    if _HOST.fullmatch(host) is None and not _is_address(host):
        return ()
    forms = [host]
    with suppress(UnicodeError):  # what cannot be written so, no client asks for
        forms.append(host.encode("idna").decode("ascii"))
    with suppress(UnicodeError):
        forms.append(host.encode("ascii").decode("idna"))
    return tuple(dict.fromkeys(forms))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
