"""The simulator as a WSGI application, for clients that Python cannot intercept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from urllib.parse import quote

from twreplay._http import Request
from twreplay._simulator import Simulator

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], Any]

# Characters that may stand in a path as they are.
_PATH_SAFE = "/~!$&'()*+,;=:@%"

# A server frames the body, and tells the time, itself.
_SERVERS_OWN = frozenset({"connection", "date", "transfer-encoding"})


def wsgi(simulator: Simulator) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """
    *simulator* as a WSGI application, for any server.

    Requests take effect in *simulator*, whose journal, clock and rules are at hand meanwhile::

        from wsgiref.simple_server import make_server

        simulator = twreplay.Simulator()
        make_server("127.0.0.1", 8008, twreplay.wsgi(simulator)).serve_forever()

    A rule that asks for a network fault raises it in the server.
    """

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        response = simulator.handle(_request(environ))
        headers = [pair for pair in response.headers.pairs if pair[0].lower() not in _SERVERS_OWN]
        start_response(f"{response.status} {response.reason}", headers)
        return [response.body]

    return application


def _request(environ: Environ) -> Request:
    headers = [
        (name[5:].replace("_", "-").title(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    for name in ("Content-Type", "Content-Length"):
        value = environ.get(name.upper().replace("-", "_"))
        if value:
            headers.append((name, str(value)))
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # WSGI hands the bytes of the path as Latin-1 text.
    url = f"{environ['wsgi.url_scheme']}://{_host(environ)}" + quote(
        path.encode("latin-1"), safe=_PATH_SAFE.replace("%", "")
    )
    if environ.get("QUERY_STRING"):
        url += f"?{environ['QUERY_STRING']}"
    length = str(environ.get("CONTENT_LENGTH") or "0")
    body = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
    return Request(environ["REQUEST_METHOD"], url, headers, body)


def _host(environ: Environ) -> str:
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return str(host)
