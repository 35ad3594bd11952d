"""``twreplay serve``: the API over HTTP, for programs in any language."""

from __future__ import annotations

import gc
import os
import re
import secrets
import shlex
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from twreplay._address import API_HOST, API_ROOT
from twreplay._cli.output import discard, tell
from twreplay._display import shown_url
from twreplay.errors import TwreplayError, UsageError

if TYPE_CHECKING:
    from twreplay._cassette import CommandHints
    from twreplay._server import Backend, Event, RunningServer

_APP = re.compile(r"(?P<base>https?://[^=]*)=(?P<url>https?://.*)")
_SHARED_KEYWORD = re.compile(r'shared=\["(.*)"\]')
_WHERE = " in TWREPLAY_AUTH_TOKEN or --show-token"


_SHARED = (
    click.option(
        "--seed", default="0", show_default=True, help="Sids, tokens and numbers follow from it."
    ),
    click.option(
        "--profile", default="documented", show_default=True, help="documented or observed."
    ),
    click.option("--account-sid", help="The account that exists from the start. Default: by seed."),
    click.option(
        "--clock",
        type=click.Choice(["real", "virtual"]),
        default="real",
        show_default=True,
        help="Whether time passes by itself, or by the control API only.",
    ),
    click.option(
        "--cassette", type=click.Path(path_type=Path, dir_okay=False), help="Replay FILE."
    ),
    click.option(
        "--shared",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        multiple=True,
        help="Replay FILE beside the cassette, and never write it. May be given several times.",
    ),
    click.option(
        "--record", metavar="MODE", help="The record mode of the cassette. Default: none."
    ),
    click.option("--upstream", metavar="URL", help="What is recorded. Default: the API itself."),
    click.option(
        "--app",
        "apps",
        metavar="[BASE=]URL",
        multiple=True,
        help="Webhooks go to the application that runs at URL. May be given several times.",
    ),
    click.option("--only-twilio", is_flag=True, help="The proxy refuses all other hosts."),
)

Function = TypeVar("Function", bound=Callable[..., Any])


def add_options(function: Function) -> Function:
    """Add the options of a server that ``serve`` and ``run`` share."""
    for option in reversed(_SHARED):
        function = option(function)
    return function


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8008, show_default=True, type=click.IntRange(0, 65535), help="0: a free one."
)
@add_options
@click.option("--tls", is_flag=True, help="Take HTTPS as well, with an authority of your own.")
@click.option("--proxy", is_flag=True, help="Be an HTTP proxy as well.")
@click.option("--show-token", is_flag=True, help="Print the auth token.")
@click.option("--allow-remote", is_flag=True, help="Let other machines in, with a control key.")
@click.option("--quiet", is_flag=True, help="No line for each request.")
def serve(**options: Any) -> None:
    """
    Serve the API over HTTP, simulated or from a cassette.

    Programs in any language reach it by its base URL. The auth token is taken from the environment
    variable TWREPLAY_AUTH_TOKEN, or comes from the seed. The page /_twreplay/ shows what happens.

    For example: twreplay serve --port 0 --clock virtual
    """
    try:
        server, key = build_server(options)
        if not options["quiet"]:
            server.backend.timeline.on_event.append(print_event)
        # 10,000 events are kept, and to look through them for garbage took a seventh of the time.
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
        server.run(lambda: _print_ready(server, options, key))
    except TwreplayError as error:
        tell(f"Error: {error}")
        raise SystemExit(2) from None
    except ImportError as error:
        raise click.ClickException(explain_import(error)) from None


def explain_import(error: ImportError) -> str:
    """Return what to type if a library of the extra is missing."""
    return f"a server needs {error.name}: pip install 'twreplay[server]'"


def build_server(options: dict[str, Any]) -> tuple[RunningServer, str]:
    """
    Build the server that the options of the command line ask for.

    Returns:
        The server, and its control key; empty if it has none.

    Raises:
        TwreplayError: An option, the port or the cassette is refused.
    """
    from twreplay._server import RunningServer, open_socket

    if options["only_twilio"] and not options["proxy"]:
        msg = "--only-twilio is about the proxy: --proxy --only-twilio"
        raise click.UsageError(msg)
    if options["proxy"] and options["allow_remote"] and not options["only_twilio"]:
        msg = "with --allow-remote the proxy would be open to everybody: add --only-twilio"
        raise click.UsageError(msg)
    beside = [name for name in ("record", "shared", "upstream") if options[name]]
    if beside and options["cassette"] is None:
        msg = f"--{beside[0]} is about a cassette: --cassette FILE --{beside[0]} ..."
        raise click.UsageError(msg)
    if options["apps"] and options["cassette"] is not None:
        msg = "--app is about the simulated world, and a cassette has none: leave one of them out"
        raise click.UsageError(msg)
    key = ""
    if options["allow_remote"]:
        key = os.environ.get("TWREPLAY_CONTROL_KEY") or secrets.token_urlsafe(24)
    sock = open_socket(options["host"], options["port"], allow_remote=options["allow_remote"])
    try:
        backend = _build_cassette(options) if options["cassette"] else _build_simulator(options)
        return RunningServer(backend, sock, key, **_build_tls(options)), key
    except BaseException:
        sock.close()
        raise


def _build_tls(options: dict[str, Any]) -> dict[str, Any]:
    if not options["tls"] and not options["proxy"]:
        return {}
    from twreplay._server import Proxy, open_authority

    context = open_authority().build_context()

    def get_context() -> ssl.SSLContext:
        return context

    proxy = Proxy(get_context, only_twilio=options["only_twilio"]) if options["proxy"] else None
    return {"build_context": get_context, "proxy": proxy}


def _build_simulator(options: dict[str, Any]) -> Backend:
    from twreplay._server import LIMIT, SimulatorBackend
    from twreplay._simulator import Simulator

    is_real = options["clock"] == "real"
    simulator = Simulator(
        seed=options["seed"] if not options["seed"].isdigit() else int(options["seed"]),
        profile=options["profile"],
        account_sid=options["account_sid"],
        auth_token=os.environ.get("TWREPLAY_AUTH_TOKEN") or None,
        now=datetime.now(UTC) if is_real else None,
        undocumented="ignore",
        journal_limit=LIMIT,
    )
    backend = SimulatorBackend(simulator, real_clock=is_real)
    for given in options["apps"]:
        base, url = parse_app(given)
        backend.attach(url, base)
    return backend


def parse_app(given: str) -> tuple[str | None, str]:
    """Split ``BASE=URL``; the base is None if there is the URL of the application only."""
    found = _APP.fullmatch(given)
    return (found["base"], found["url"]) if found is not None else (None, given)


def _build_cassette(options: dict[str, Any]) -> Backend:
    from twreplay._delivery import read_base
    from twreplay._server import CassetteBackend
    from twreplay._sessions import CassetteSession, CassetteSettings

    path: Path = options["cassette"]
    upstream = options["upstream"] or f"https://{API_HOST}"
    base = read_base(upstream)
    if base is None or base.query:
        msg = (
            f"--upstream takes the root of an API, such as https://{API_HOST}, without a user "
            f"or a query, not {shown_url(upstream)!r}."
        )
        raise UsageError(msg)
    chosen = {
        "record_mode": options["record"] or "none",
        "allow_unused": True,
        "shared": options["shared"],
    }
    session = CassetteSession(
        path, CassetteSettings.from_options(chosen), _build_hints(path), intercepts=False
    )
    return CassetteBackend(session, upstream, path.name)


def _build_hints(path: Path) -> CommandHints:
    """Build the hints for a cassette: the command that runs, or code for what it cannot."""
    from twreplay._cassette import CommandHints, build_code_hints

    name = click.get_current_context().info_name
    command, rest = f"twreplay {name} --cassette", " -- COMMAND" if name == "run" else ""
    in_code = build_code_hints(path)

    def set_keyword(keyword: str) -> str:
        # The only one of use_cassette that messages name and the command has.
        shared = _SHARED_KEYWORD.fullmatch(keyword)
        if shared is None:
            return in_code.set(keyword)
        return f"{command} {path} --shared {shared[1]}{rest}"

    return CommandHints(
        record=lambda mode: f"{command} {path} --record {mode}{rest}",
        simulate=in_code.simulate,
        set=set_keyword,
        use=lambda other: f"{command} {path.parent / other}{rest}",
        alone=_build_hints,
    )


def _print_ready(server: RunningServer, options: dict[str, Any], key: str) -> None:
    simulator = server.backend.simulator
    does = "simulates" if simulator is not None else f"serves {options['cassette']} for"
    lines = [f"twreplay {version('twreplay')} {does} https://{API_HOST}{API_ROOT}"]
    account = ""
    if simulator is not None:
        token = f" {simulator.auth_token}" if options["show_token"] else _WHERE
        account = f"       account {simulator.account_sid}, token{token}"
    lines.append(f"  API      {server.url}{API_ROOT}{account}")
    lines.append(f"  page     {server.url}/_twreplay/")
    lines += [f"  shared   {each}" for each in options["shared"]]
    for base, url in map(parse_app, options["apps"]):
        lines.append(f"  app      {base or 'every URL'} is fetched from {url}")
    if key:
        lines.append(f"  key      {key}   (Authorization: Bearer KEY)")
    lines += _list_exports(server, options)
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _list_exports(server: RunningServer, options: dict[str, Any]) -> list[str]:
    """Return the lines to paste, so that programs trust the server and find it."""
    if not options["tls"] and not options["proxy"]:
        return []
    from twreplay._server import build_environment, open_authority

    variables = build_environment(server.url, open_authority(), os.environ)
    if not options["proxy"]:
        variables = {name: value for name, value in variables.items() if value != server.url}
        variables.pop("no_proxy")
        variables.pop("NO_PROXY")
    port = server.url.rpartition(":")[2]
    lines = []
    if options["tls"]:
        note = "" if port == "443" else "; programs that know no other port need --port 443"
        lines.append(f"  TLS      {server.url.replace('http', 'https', 1)}{API_ROOT}")
        lines.append(f"  hosts    {options['host']} {API_HOST}   (in /etc/hosts{note})")
    lines.append("  paste    so that programs trust the certificate, and find the proxy:")
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return lines


def print_event(event: Event, *, err: bool = False) -> None:
    """
    Print one line about *event*, and one for each hint.

    Nothing is printed any more when that fails, as on a full disk: requests are answered without.
    """
    try:
        _print_lines(event, err=err)
    except OSError as error:
        discard(sys.stderr if err else sys.stdout)
        with suppress(OSError):
            tell(f"The output cannot be written: {error.strerror}. No more requests are shown.")


def _print_lines(event: Event, *, err: bool) -> None:
    shown = event.summarize()
    is_webhook = event.direction == "to the application"
    place = shown["url"] if is_webhook else f"/{shown['url'].partition('://')[2].partition('/')[2]}"
    arrow = "←" if is_webhook else "→"
    click.echo(f"{arrow} {shown['method']} {place}  {shown['outcome']}  {shown['rule']}", err=err)
    for hint in shown["hints"]:
        click.echo(f"    hint: {hint}", err=err)
