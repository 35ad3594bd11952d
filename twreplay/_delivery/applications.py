"""The applications that are attached, and which of them a URL belongs to."""

from __future__ import annotations

import inspect
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from twreplay._delivery.framework_errors import FrameworkErrors
from twreplay._delivery.proxy import PRESETS, Base, Proxy, parse_proxy, read_base
from twreplay._delivery.transports.asgi import ASGITransport
from twreplay._delivery.transports.protocol import Transport
from twreplay._delivery.transports.server import ServerTransport
from twreplay._delivery.transports.wsgi import WSGITransport
from twreplay._display import shown_url, visible_line
from twreplay._explanation import Explanation, Remedy
from twreplay._http import Request
from twreplay.errors import UsageError


@dataclass(frozen=True, slots=True, eq=False)
class Application:
    """
    One attached application.

    Attributes:
        transport: The way into it.

        base: The base of its URLs; None for every URL that no other base matches.

        raise_errors: An exception inside it comes out of the verb that let time pass.

        proxy: The proxy before it; None if it sees requests as they are sent.

        fetch_audio: The audio of ``<Play>`` is requested of it.

        what: What it is, for messages.
    """

    transport: Transport
    base: Base | None
    raise_errors: bool
    proxy: Proxy | None
    what: str
    fetch_audio: bool = False

    def pass_on(self, request: Request) -> Request:
        """Return *request* as the application gets it."""
        return request if self.proxy is None else self.proxy.pass_on(request)


@dataclass(slots=True, eq=False)
class Applications:
    """
    The applications of one simulator.

    Attributes:
        framework_errors: What frameworks tell of exceptions that they turn into a 500.
    """

    _attached: list[Application] = field(default_factory=list)
    framework_errors: FrameworkErrors = field(default_factory=FrameworkErrors)

    def __bool__(self) -> bool:
        return bool(self._attached)

    def attach(
        self,
        app: object,
        base_url: str | None = None,
        *,
        raise_errors: bool = True,
        seen_as: str | None = None,
        fetch_audio: bool = False,
    ) -> Application:
        """
        Attach *app* to the URLs below *base_url*, in the place of what was attached to the same.

        Args:
            app: A WSGI or ASGI application, or the base URL of a server that runs.

            base_url: The public base; None for every URL that no other base matches.

            raise_errors: Have exceptions inside the application come out of the verb that lets
                time pass; otherwise they are a 500, as the API would see it.

            seen_as: The scheme, host and port at which requests arrive behind a proxy that ends
                TLS, or the name of a well-known one.

            fetch_audio: Request the audio of ``<Play>`` below *base_url*; otherwise it is taken
                to be there.

        Raises:
            UsageError: One of the arguments is something else.
        """
        base = None if base_url is None else read_base(base_url)
        if base_url is not None and (base is None or base.query):
            raise UsageError(_explain_base(base_url))
        proxy = parse_proxy(seen_as)
        transport, what = _find_transport(app)
        if isinstance(transport, ServerTransport) and proxy is None:
            proxy = _guess_proxy(app, base)
        attached = Application(transport, base, raise_errors, proxy, what, fetch_audio)
        same = [one for one in self._attached if _is_same(one.base, base)]
        for one in same:
            self._attached.remove(one)
            one.transport.close()
        self._attached.append(attached)
        return attached

    def find(self, url: str) -> Application:
        """
        Return the application that *url* belongs to: the one with the longest base.

        Raises:
            UsageError: It belongs to none; the message names the URL and the bases.
        """
        best: Application | None = None
        for one in self._attached:
            if _matches(one.base, url) and (best is None or _measure(one) > _measure(best)):
                best = one
        if best is None:
            raise UsageError(_explain_url(url, self._attached))
        return best

    def covers(self, url: str) -> bool:
        """Return whether an application is attached to *url*."""
        return any(_matches(one.base, url) for one in self._attached)

    @property
    def fetch_audio(self) -> bool:
        """True if the audio of ``<Play>`` is requested of one of them."""
        return any(one.fetch_audio for one in self._attached)

    def rest(self) -> None:
        """Shut down those that were kept running; each starts again when it is asked."""
        self.framework_errors.stop()
        with ExitStack() as closing:
            for one in self._attached:
                closing.callback(one.transport.close)

    async def rest_async(self) -> None:
        """As *rest*, for the applications that run in the running loop."""
        for one in self._attached:
            await one.transport.close_async()

    def close(self) -> None:
        """Detach all, and shut down those that were kept running."""
        self.framework_errors.stop()
        with ExitStack() as closing:
            while self._attached:
                closing.callback(self._attached.pop(0).transport.close)

    async def close_async(self) -> None:
        """As *close*, for those that run in the running loop as well."""
        for one in self._attached:
            await one.transport.close_async()
        self.close()


def _find_transport(app: object) -> tuple[Transport, str]:
    if isinstance(app, str):
        base = read_base(app)
        if base is None:
            raise UsageError(_explain_base(app))
        return ServerTransport(app), f"the server at {shown_url(app)}"
    name = getattr(app, "__name__", type(app).__name__)
    if is_asgi(app):
        return ASGITransport(app), f"the ASGI application {name!r}"  # type: ignore[arg-type]
    if callable(app):
        return WSGITransport(app), f"the WSGI application {name!r}"
    raise UsageError(
        Explanation(
            headline=f"attach takes an application, not {visible_line(repr(type(app).__name__))}.",
            remedies=(
                Remedy("Give a WSGI or ASGI application.", "twilio.attach(app)"),
                Remedy("Or the address of a server.", 'twilio.attach("http://127.0.0.1:5000")'),
            ),
            anchor="usage-error",
        )
    )


def is_asgi(app: object) -> bool:
    """Return whether *app* is an ASGI application and no WSGI application."""
    if not callable(app):
        return False
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(app, "__call__", None)  # noqa: B004 (the method itself is looked at)
    ):
        return True
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return False
    taken = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    # A wrapper that is no coroutine function itself: ASGI hands over three things, WSGI two.
    return len([p for p in taken if p.default is p.empty]) == 3


def _guess_proxy(app: object, base: Base | None) -> Proxy | None:
    """Return what stands before a server: requests reach it through a tunnel, its host kept."""
    server = read_base(app)
    if base is None or server is None or _is_same(base, server):
        return None
    tunnel = PRESETS["ngrok"]
    return Proxy(server.scheme, tunnel.netloc, tunnel.fields)


def _is_same(one: Base | None, other: Base | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.scheme, one.host, one.port, one.path.rstrip("/")) == (
        other.scheme,
        other.host,
        other.port,
        other.path.rstrip("/"),
    )


def _matches(base: Base | None, url: str) -> bool:
    if base is None:
        return True
    given = read_base(url)
    if given is None or (given.scheme, given.host, given.port) != (
        base.scheme,
        base.host,
        base.port,
    ):
        return False
    below = base.path.rstrip("/")
    return not below or given.path == below or given.path.startswith(f"{below}/")


def _measure(application: Application) -> int:
    return -1 if application.base is None else len(application.base.path.rstrip("/"))


def _explain_url(url: str, attached: list[Application]) -> Explanation:
    bases = [one.base.url for one in attached if one.base is not None]
    given = urlsplit(url)
    differs = [base for base in bases if urlsplit(base).netloc.lower() == given.netloc.lower()]
    detail = ""
    if differs and urlsplit(differs[0]).scheme != given.scheme:
        detail = f"It differs from {shown_url(differs[0])} in the scheme."
    elif differs:
        detail = f"It is on the same host as {shown_url(differs[0])}, and not below it."
    return Explanation(
        headline=f"no application is attached to {shown_url(url)}.",
        facts=tuple(("attached", shown_url(base)) for base in bases),
        detail=detail,
        remedies=(
            Remedy(
                "Attach the application to this base as well.",
                f'twilio.attach(app, "{given.scheme}://{visible_line(given.netloc)}")',
            ),
            Remedy("Or to every URL that no other base matches.", "twilio.attach(app)"),
            Remedy("Or correct the URL that the code under test gave to the API."),
        ),
        anchor="usage-error",
    )


def _explain_base(given: object) -> Explanation:
    shown = shown_url(given) if isinstance(given, str) else repr(given)
    return Explanation(
        headline=f"attach takes an absolute base URL without a query or a user, not {shown!r}.",
        remedies=(Remedy("Give scheme and host.", 'twilio.attach(app, "https://clinic.example")'),),
        anchor="usage-error",
    )
