"""The requests that this library answers: version and hosts."""

from __future__ import annotations

from collections.abc import Iterable

from twreplay._call_site import CallSite
from twreplay._display import shown_url
from twreplay._explanation import Explanation, Remedy, shorten
from twreplay._http import Request
from twreplay.errors import NotSimulated, UsageError

API_HOST = "api.twilio.com"
VERSION = "2008-08-01"
API_ROOT = f"/{VERSION}"


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
        UsageError: One of them is not a host name.
    """
    if given is None:
        return frozenset({API_HOST})
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable):
        msg = f"hosts takes host names, not {given!r}."
        raise UsageError(msg)
    hosts = frozenset(str(name).lower() for name in names)
    for host in hosts:
        if not host or "/" in host:
            msg = f"hosts takes host names such as {API_HOST!r}, not {host!r}."
            raise UsageError(msg)
    return hosts
