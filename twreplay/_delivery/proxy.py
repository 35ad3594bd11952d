"""The proxy that an application stands behind: how a public URL arrives at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from twreplay._delivery.transports.protocol import CLIENT_ADDRESS
from twreplay._explanation import Explanation, Remedy
from twreplay._http import Headers, Request
from twreplay._suggestion import check_choice
from twreplay.errors import UsageError


@dataclass(frozen=True, slots=True)
class Proxy:
    """
    A proxy that ends TLS and passes requests on.

    Attributes:
        scheme: The scheme of the request that it makes.

        netloc: The host and port that the application sees; empty if those of the public URL.

        fields: The header fields that it adds: ``proto``, ``host``, ``for``, ``port``.
    """

    scheme: str = "http"
    netloc: str = ""
    fields: tuple[str, ...] = ("proto", "host", "for")

    def pass_on(self, request: Request) -> Request:
        """Return *request* as the application gets it, signed for the public URL still."""
        public = urlsplit(request.url)
        netloc = self.netloc or public.netloc
        values = {
            "proto": ("X-Forwarded-Proto", public.scheme),
            "host": ("X-Forwarded-Host", public.netloc),
            "for": ("X-Forwarded-For", CLIENT_ADDRESS),
            "port": ("X-Forwarded-Port", str(public.port or _PORTS[public.scheme])),
        }
        headers = request.headers.replacing("Host", netloc)
        added = [values[name] for name in self.fields]
        url = public._replace(scheme=self.scheme, netloc=netloc).geturl()
        return Request(request.method, url, Headers((*headers.pairs, *added)), request.body)


_PORTS = {"http": 80, "https": 443}

PRESETS: Mapping[str, Proxy] = MappingProxyType(
    {
        "ngrok": Proxy(),
        "cloudflared": Proxy(fields=("proto", "for")),
        "elb": Proxy(fields=("proto", "port", "for")),
    }
)
"""Well-known proxies by name: all keep the public host. Source: their manuals of today."""


def parse_proxy(given: object) -> Proxy | None:
    """
    Return the proxy that ``seen_as`` names; None for none.

    Raises:
        UsageError: It is neither a base URL nor a name in *PRESETS*.
    """
    if given is None:
        return None
    if isinstance(given, str) and "://" not in given:
        check_choice("seen_as", "proxy", given, tuple(PRESETS))
        return PRESETS[given]
    parts = read_base(given)
    if parts is None or parts.path not in ("", "/") or parts.query:
        raise UsageError(
            Explanation(
                headline=f"seen_as takes scheme, host and port of the application, not {given!r}.",
                remedies=(
                    Remedy("Give the address behind the proxy.", 'seen_as="http://10.0.0.5:5000"'),
                    Remedy(f"Or the name of a well-known one: {', '.join(PRESETS)}."),
                ),
                anchor="usage-error",
            )
        )
    return Proxy(parts.scheme, parts.netloc)


@dataclass(frozen=True, slots=True)
class Base:
    """A base URL, in parts that compare."""

    scheme: str
    netloc: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def url(self) -> str:
        """The base as text."""
        return f"{self.scheme}://{self.netloc}{self.path}"


def read_base(given: object) -> Base | None:
    """Return *given* in parts; None if it is no absolute http or https URL."""
    if not isinstance(given, str):
        return None
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return Base(
        parts.scheme,
        parts.netloc,
        parts.hostname.rstrip("."),
        port or _PORTS[parts.scheme],
        parts.path,
        parts.query,
    )
