"""``twreplay serve``: the API over HTTP, for programs in any language."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twreplay._address import API_HOST, API_ROOT
from twreplay._cli.output import tell
from twreplay.errors import TwreplayError

if TYPE_CHECKING:
    from twreplay._server import Backend, Event, RunningServer

_WHERE = " in TWREPLAY_AUTH_TOKEN or --show-token"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8008, show_default=True, type=click.IntRange(0, 65535), help="0: a free one."
)
@click.option("--seed", default="0", show_default=True, help="Of Sids, tokens and numbers.")
@click.option("--profile", default="documented", show_default=True, help="Or observed.")
@click.option("--account-sid", help="The account that exists from the start. Default: from seed.")
@click.option("--show-token", is_flag=True, help="Print the auth token.")
@click.option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="Whether time passes by itself, or by the control API only.",
)
@click.option("--cassette", type=click.Path(path_type=Path, dir_okay=False), help="Replay FILE.")
@click.option("--record", metavar="MODE", help="The record mode of the cassette. Default: none.")
@click.option("--upstream", metavar="URL", help="What is recorded. Default: the API itself.")
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
            server.backend.timeline.on_event.append(_print_event)
        server.run(lambda: _print_ready(server, options, key))
    except TwreplayError as error:
        tell(f"Error: {error}")
        raise SystemExit(2) from None
    except ImportError as error:
        msg = f"serve needs {error.name}: pip install 'twreplay[server]'"
        raise click.ClickException(msg) from None


def build_server(options: dict[str, Any]) -> tuple[RunningServer, str]:
    """
    Build the server that the options of the command line ask for.

    Returns:
        The server, and its control key; empty if it has none.

    Raises:
        TwreplayError: An option, the port or the cassette is refused.
    """
    from twreplay._server import RunningServer, open_socket

    if (options["record"] or options["upstream"]) and options["cassette"] is None:
        msg = "--record and --upstream are about a cassette: --cassette FILE"
        raise click.UsageError(msg)
    key = ""
    if options["allow_remote"]:
        key = os.environ.get("TWREPLAY_CONTROL_KEY") or secrets.token_urlsafe(24)
    sock = open_socket(options["host"], options["port"], allow_remote=options["allow_remote"])
    try:
        backend = _build_cassette(options) if options["cassette"] else _build_simulator(options)
    except BaseException:
        sock.close()
        raise
    return RunningServer(backend, sock, key), key


def _build_simulator(options: dict[str, Any]) -> Backend:
    from twreplay._server import SimulatorBackend
    from twreplay._simulator import Simulator

    is_real = options["clock"] == "real"
    simulator = Simulator(
        seed=options["seed"] if not options["seed"].isdigit() else int(options["seed"]),
        profile=options["profile"],
        account_sid=options["account_sid"],
        auth_token=os.environ.get("TWREPLAY_AUTH_TOKEN") or None,
        now=datetime.now(UTC) if is_real else None,
        undocumented="ignore",
        journal_limit=1,
    )
    return SimulatorBackend(simulator, real_clock=is_real)


def _build_cassette(options: dict[str, Any]) -> Backend:
    from twreplay._cassette import CommandHints
    from twreplay._server import CassetteBackend
    from twreplay._sessions import CassetteSession, CassetteSettings

    path: Path = options["cassette"]
    hints = CommandHints(
        record=lambda mode: f"twreplay serve --cassette {path} --record {mode}",
        simulate=lambda mode: f'use_cassette("{path}", record_mode="{mode}", source="simulator")',
        set=lambda keyword: f"twreplay serve --cassette {path} --{keyword}",
        use=lambda other: f"twreplay serve --cassette {path.parent / other}",
    )
    mode = options["record"] or "none"
    settings = CassetteSettings.from_options({"record_mode": mode, "allow_unused": True})
    session = CassetteSession(path, settings, hints, intercepts=False)
    upstream = options["upstream"] or f"https://{API_HOST}"
    return CassetteBackend(session, upstream, path.name)


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
    if key:
        lines.append(f"  key      {key}   (Authorization: Bearer KEY)")
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _print_event(event: Event) -> None:
    shown = event.summarize()
    place = shown["url"].partition("://")[2].partition("/")[2]
    click.echo(f"→ {shown['method']} /{place}  {shown['outcome']}  {shown['rule']}")
    for hint in shown["hints"]:
        click.echo(f"    hint: {hint}")
