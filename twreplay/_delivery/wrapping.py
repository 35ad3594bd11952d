"""Applications that tell of each request of the API: what a developer serves while recording."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from io import BytesIO
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, urlsplit

from twreplay._api import SIGNATURE, USER_AGENT, find_webhook_kind
from twreplay._delivery.applications import is_asgi
from twreplay._delivery.transports.protocol import MOST_READ
from twreplay._explanation import Explanation, Remedy
from twreplay._http import Headers, Request, Response
from twreplay.errors import UsageError

_PROXY = USER_AGENT[0].partition("/")[0] + "/"

Message: TypeAlias = dict[str, Any]
Answered: TypeAlias = Callable[[Response | None], None]


class Listener(Protocol):
    """Hears of the requests that a wrapped application gets."""

    def __call__(self, build: Callable[[], Request | None]) -> Answered | None:
        """
        Take note of a request.

        Args:
            build: Returns the request; None if that cannot be.

        Returns:
            A function that is given the answer, None if there was none; or None if the request is
            not kept.
        """


def is_of_api(request: Request) -> bool:
    """
    Return whether *request* is one that the API makes.

    It is signed, names the account or the API's proxy (as one for audio may do that is not
    signed), or has the API's parameters.
    """
    if SIGNATURE in request.headers or "X-Twilio-AccountSid" in request.headers:
        return True
    if request.headers.get("user-agent", "").startswith(_PROXY):
        return True
    return find_webhook_kind(read_params(request)) is not None


def read_params(request: Request) -> dict[str, str]:
    """Return the parameters of a webhook: of the query, and of the form over them."""
    return {**dict(request.query), **dict(request.form)}


def wrap_application(app: object, listener: Listener) -> Any:
    """
    Return *app*, WSGI or ASGI, as an application of the same kind that tells *listener*.

    Raises:
        UsageError: It is no application.
    """
    if is_asgi(app):
        return WrappedASGI(app, listener)
    if callable(app):
        return WrappedWSGI(app, listener)
    raise UsageError(
        Explanation(
            headline=f"wrap takes a WSGI or ASGI application, not {type(app).__name__}.",
            remedies=(Remedy("Give it the application that you serve.", "cassette.wrap(app)"),),
            anchor="usage-error",
        )
    )


class _Wrapped:
    """An application that tells *listener*; its other attributes are those of *app*."""

    def __init__(self, app: Any, listener: Listener) -> None:
        self._app = app
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


class WrappedWSGI(_Wrapped):
    """A WSGI application that tells of each request of the API. All else is passed on."""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer as the application does."""
        body = _read_body(environ)
        answered = self._listener(lambda: _build_wsgi_request(environ, body))
        if answered is None:
            return self._app(environ, start_response)  # type: ignore[no-any-return]
        return self._answer(environ, start_response, answered)

    def _answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any], answered: Answered
    ) -> Iterable[bytes]:
        """Answer as a whole: who reads but a part of it would leave the webhook without answer."""
        started: list[Any] = [500, []]
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = int(status.partition(" ")[0]), list(headers)
            more = () if exc_info is None else (exc_info,)
            start_response(status, headers, *more)
            return written.append

        try:
            result = self._app(environ, start)
            try:
                written.extend(result)
            finally:
                if (close := getattr(result, "close", None)) is not None:
                    close()
        except Exception:
            answered(Response(500, {"Content-Type": "text/plain"}, "Internal Server Error"))
            raise
        except BaseException:
            answered(None)
            raise
        answered(Response(started[0], Headers(started[1]), b"".join(written)))
        return written


class WrappedASGI(_Wrapped):
    """An ASGI application that tells of each request of the API. All else is passed on."""

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer as the application does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages, body = await _receive_body(receive)
        answered = self._listener(lambda: _build_asgi_request(scope, body))

        async def receive_again() -> Message:
            return messages.popleft() if messages else await receive()

        if answered is None:
            await self._app(scope, receive_again, send)
            return
        started: list[Any] = [500, []]
        content = _Content()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                started[:] = message["status"], list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                content.add(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive_again, keep)
        except Exception:
            answered(Response(500, {"Content-Type": "text/plain"}, "Internal Server Error"))
            raise
        except BaseException:
            answered(None)
            raise
        answered(Response(started[0], _decode_headers(started[1]), content.read()))


class _Content:
    """A body as it is sent, as far as it is kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        if self._size <= MOST_READ:
            self._parts.append(bytes(part))
            self._size += len(part)

    def read(self) -> bytes:
        return b"".join(self._parts)


def _read_body(environ: dict[str, Any]) -> bytes:
    """Read the body of a request, and put it back for the application."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or not 0 < int(length) <= MOST_READ:
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body


async def _receive_body(
    receive: Callable[[], Awaitable[Message]],
) -> tuple[deque[Message], bytes]:
    """Receive the body of a request; what is longer than a webhook is left to the application."""
    messages = deque([await receive()])
    size = len(messages[0].get("body", b""))
    while messages[-1].get("more_body") and messages[-1]["type"] == "http.request":
        if size > MOST_READ:
            return messages, b""
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
    return messages, b"".join([message.get("body", b"") for message in messages])


def _build_wsgi_request(environ: dict[str, Any], body: bytes) -> Request | None:
    pairs = [
        (_spell(key.removeprefix("HTTP_")), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value)
    ]
    headers = Headers(pairs)
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    if not target.startswith("/"):
        parts = urlsplit(target)
        target = parts._replace(scheme="", netloc="").geturl() if parts.netloc else ""
    if not target:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        target = quote(path.encode("latin-1", "replace"), safe="/;=,:@&+$!*'()~-._")
        if environ.get("QUERY_STRING"):
            target += f"?{environ['QUERY_STRING']}"
    host = f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}".rstrip(":")
    return _build_request(
        environ["REQUEST_METHOD"], environ["wsgi.url_scheme"], host, target, headers, body
    )


def _build_asgi_request(scope: Message, body: bytes) -> Request | None:
    headers = _decode_headers(scope.get("headers", ()))
    headers = Headers((_spell(name), value) for name, value in headers.pairs)
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    # Of some servers the raw path has the query.
    target = raw.decode("latin-1").partition("?")[0]
    if scope.get("query_string"):
        target += f"?{scope['query_string'].decode('latin-1')}"
    server = scope.get("server") or ("localhost", None)
    host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    return _build_request(scope["method"], scope.get("scheme", "http"), host, target, headers, body)


def _build_request(
    method: str, scheme: str, host: str, target: str, headers: Headers, body: bytes
) -> Request | None:
    """Return the request by its public URL, as far as a proxy has told it."""
    scheme = headers.get("x-forwarded-proto", scheme).partition(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", host)).partition(",")[0].strip()
    try:
        return Request(method, f"{scheme}://{host}{target}", headers, body)
    except ValueError:
        return None


def _decode_headers(pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
    return Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs])


_SPELLED = {
    "x-twilio-accountsid": "X-Twilio-AccountSid",
    "etag": "ETag",
    "te": "TE",
    "www-authenticate": "WWW-Authenticate",
}


def _spell(name: str) -> str:
    """Return the name of a header as it is written; servers and gateways change its case."""
    lower = name.replace("_", "-").lower()
    return _SPELLED.get(lower) or "-".join(part.capitalize() for part in lower.split("-"))
