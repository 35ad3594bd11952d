"""The simulator as a WSGI application, for clients that Python cannot intercept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from urllib.parse import quote

from twreplay._display import visible_line, without_secrets
from twreplay._http import Request, Response
from twreplay._simulator import Simulator
from twreplay._suggestion import explain_misuse

_HINT = "Twreplay-Hint"

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], Any]

# Characters that may stand in a path as they are.
_PATH_SAFE = "/~!$&'()*+,;=:@%"

# A server sets the headers for framing and the date itself.
_SERVERS_OWN = frozenset({"connection", "date", "transfer-encoding"})


@explain_misuse
def wsgi(simulator: Simulator) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """
    Return *simulator* as a WSGI application, for any server.

    Requests take effect in *simulator*; its journal, clock and rules can be used at any time::

        from wsgiref.simple_server import make_server

        simulator = twreplay.Simulator()
        make_server("127.0.0.1", 8008, twreplay.wsgi(simulator)).serve_forever()

    A rule that asks for a network fault raises it in the server. What would help the author of a
    request that is refused is in the header ``Twreplay-Hint``, and in the log of the server.
    """

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = _read_request(environ)
        if request is None:
            response = _BAD_REQUEST
        elif _is_cut_off(environ):
            response = _LENGTH_REQUIRED
        else:
            response = simulator.handle(request)
        headers = [pair for pair in response.headers.pairs if pair[0].lower() not in _SERVERS_OWN]
        hints = _list_hints(simulator, request) if response.status >= 400 else []
        headers += [(_HINT, hint) for hint in hints]
        _log(environ, request, hints)
        start_response(f"{response.status} {response.reason}", headers)
        return [bytes(response.body)]  # wsgiref takes bytes alone, no class derived from it

    return application


def _list_hints(simulator: Simulator, request: Request | None) -> list[str]:
    """Return the hints of the journal for *request*, as headers take them."""
    for entry in reversed(simulator.requests):
        if entry.request is request:
            shown = (visible_line(without_secrets(hint)) for hint in entry.hints)
            return [hint.replace("…", "...").encode("ascii", "replace").decode() for hint in shown]
    return []


def _log(environ: Environ, request: Request | None, hints: Iterable[str]) -> None:
    log = environ.get("wsgi.errors")
    if log is not None and request is not None:
        for hint in hints:
            log.write(f"twreplay: {visible_line(request.method)} {request.shown_url}: {hint}\n")


def _read_request(environ: Environ) -> Request | None:
    """The request that a server understood; None if it understood none that there can be."""
    headers = [
        (name[5:].replace("_", "-").title(), _one_line(value))
        for name, value in environ.items()
        if isinstance(name, str) and name.startswith("HTTP_")
    ]
    for name in ("Content-Type", "Content-Length"):
        value = environ.get(name.upper().replace("-", "_"))
        if value:
            headers.append((name, _one_line(value)))
    path = _text(environ, "SCRIPT_NAME") + _text(environ, "PATH_INFO")
    scheme = _text(environ, "wsgi.url_scheme") or "http"
    # WSGI hands the bytes of the path as Latin-1 text; other characters are escaped as UTF-8.
    raw = b"".join(
        c.encode("latin-1") if c < "\u0100" else c.encode("utf-8", "surrogatepass") for c in path
    )
    url = f"{scheme}://{_get_host(environ)}" + quote(raw, safe=_PATH_SAFE.replace("%", ""))
    if query := _text(environ, "QUERY_STRING"):
        url += f"?{query}"
    try:
        return Request(_text(environ, "REQUEST_METHOD") or "GET", url, headers, _body(environ))
    except ValueError:  # there is no such host
        return None


def _body(environ: Environ) -> bytes:
    length = _text(environ, "CONTENT_LENGTH").strip()
    stream = environ.get("wsgi.input")
    if stream is not None and not length and _ends_by_itself(environ):
        return bytes(stream.read())
    # As h11 has it, no more than 20 digits; a server has refused such a length long before.
    if stream is None or not (length.isascii() and length.isdigit() and len(length) <= 18):
        return b""
    read = stream.read(int(length))
    return read if isinstance(read, bytes) else str(read).encode("utf-8", "surrogatepass")


def _ends_by_itself(environ: Environ) -> bool:
    """
    Return whether a body without a length can be read to its end.

    werkzeug, gunicorn and cheroot say so. a2wsgi, under uvicorn, does not and could; the server of
    wsgiref would wait for ever.
    """
    if environ.get("wsgi.input_terminated"):
        return True
    is_a2wsgi = type(environ.get("wsgi.input")).__module__.partition(".")[0] == "a2wsgi"
    return is_a2wsgi and _is_chunked(environ)


def _is_chunked(environ: Environ) -> bool:
    return "chunked" in _text(environ, "HTTP_TRANSFER_ENCODING").lower()


def _is_cut_off(environ: Environ) -> bool:
    """Return whether there is a body that cannot be read under this server."""
    has_length = bool(_text(environ, "CONTENT_LENGTH").strip())
    return _is_chunked(environ) and not has_length and not _ends_by_itself(environ)


def _text(environ: Environ, name: str) -> str:
    value = environ.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _one_line(value: object) -> str:
    return str(value).replace("\r", " ").replace("\n", " ")


def _get_host(environ: Environ) -> str:
    host = _text(environ, "HTTP_HOST")
    return host or f"{_text(environ, 'SERVER_NAME')}:{_text(environ, 'SERVER_PORT')}".rstrip(":")


_BAD_REQUEST = Response(
    400, {"Content-Type": "text/plain"}, "The request names no host, or one that there cannot be.\n"
)

_LENGTH_REQUIRED = Response(
    411,
    {"Content-Type": "text/plain"},
    "The body comes in chunks, which this server does not put together. Send a Content-Length, or "
    "use another one: werkzeug, gunicorn, waitress, or twreplay serve.\n",
)
