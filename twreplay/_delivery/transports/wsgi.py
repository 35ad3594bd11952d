"""
WSGI, called in the calling thread (PEP 3333).

In any other thread Django's open test transaction is another one, and each view answers 500. Not by
werkzeug: a test tool that needs a version of it chooses the version of the application's framework.
Not by ``wsgiref.handlers``: it takes a ConnectionError of the application for one of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from twreplay._delivery.transports.protocol import CLIENT_ADDRESS, MOST_READ, finish_response
from twreplay._http import Request, Response

WSGIApplication: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class WSGITransport:
    """Calls a WSGI application."""

    needs_no_loop = False
    is_in_process = True

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def send(self, request: Request) -> Response:
        """Return the response of the application, in the calling thread."""
        started: list[Any] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], None]:
            if exc_info is not None:
                if any(written):  # a server could not take back what it has sent
                    raise exc_info[1].with_traceback(exc_info[2])
            elif started:
                msg = "the application called start_response twice"
                raise AssertionError(msg)
            started[:] = status, list(headers)
            return written.append

        result = self._app(build_environ(request), start_response)
        size = 0
        try:
            for part in result:
                written.append(part)
                size += len(part)
                if size > MOST_READ:
                    break
        finally:
            if (close := getattr(result, "close", None)) is not None:
                close()
        if not started:
            msg = "the application returned without calling start_response"
            raise AssertionError(msg)
        status, headers = started
        code, _, reason = status.partition(" ")
        if not code.isdecimal():
            msg = f"the application's status has no number: {status!r}"
            raise AssertionError(msg)
        return finish_response(int(code), headers, b"".join(written), reason, request.method)

    async def send_async(self, request: Request) -> Response:
        """As *send*, in the loop's own thread: the application blocks it as it blocks a server."""
        return self.send(request)

    def close(self) -> None:
        """Do nothing: nothing was kept."""

    async def close_async(self) -> None:
        """Do nothing: nothing was kept."""


def build_environ(request: Request) -> dict[str, Any]:
    """Return the WSGI environment of *request*."""
    parts = urlsplit(request.url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    path = parts.path or "/"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": (
            unquote_to_bytes(path).decode("latin-1") if not path.isascii() or "%" in path else path
        ),
        "QUERY_STRING": parts.query,
        # As written, percent-encoding and all: werkzeug's and gunicorn's own, for who signs a URL.
        "REQUEST_URI": f"{path}?{parts.query}" if parts.query else path,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": CLIENT_ADDRESS,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(bytes(request.body)),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ["RAW_URI"] = environ["REQUEST_URI"]
    for name, value in request.headers.pairs:
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        environ[key] = f"{environ[key]}, {value}" if key in environ else str(value)
    return environ
