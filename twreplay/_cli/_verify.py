"""``twreplay verify``: cassettes held against the rules of the API, or against the API itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from twreplay._cassette import lines_of, load
from twreplay._cli._drift_report import Report, as_data, print_report
from twreplay._cli._live import live
from twreplay._cli._output import cassettes_below
from twreplay._drift import PROFILE_CHOICES, Checked, verified
from twreplay.errors import CassetteError

_SID, _TOKEN = "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"  # names, not values
_DRIFT, _NOT_CHECKED = 1, 2


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--profile",
    type=click.Choice(PROFILE_CHOICES),
    default=PROFILE_CHOICES[0],
    show_default=True,
    help="The rules to hold them against. With either, a recording is right if it agrees with "
    "one of the two.",
)
@click.option(
    "--live",
    "live_url",
    metavar="URL",
    help="Ask this endpoint instead of the rules, such as https://api.twilio.com. Sends GET and "
    f"HEAD only, with the credentials in {_SID} and {_TOKEN}.",
)
@click.option(
    "--unsafe",
    is_flag=True,
    help="With --live: send every request. It may make calls, send messages, delete things and "
    "cost money.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
def verify(
    paths: tuple[Path, ...], profile: str, live_url: str | None, unsafe: bool, as_json: bool
) -> None:
    """
    Hold the cassettes in PATHS against the rules of the API.

    PATHS are files or folders; by default the folder cassettes. Each recorded request is asked
    again of the simulator, in the state that the cassette implies; what the recording has
    otherwise is shown with the rule and its source.

    Exits with 0 if they agree, 1 if they do not, 2 if something could not be checked.

    For example: twreplay verify cassettes --profile=observed
    """
    if not paths and not Path("cassettes").is_dir():
        msg = "there is no folder cassettes here; say which files or folders to verify."
        raise click.UsageError(msg)
    if unsafe and live_url is None:
        msg = "--unsafe is about --live; the rules can be asked anything."
        raise click.UsageError(msg)
    credentials = _credentials(live_url) if live_url is not None else None
    reports, damaged = [], False
    for path in _files(paths or (Path("cassettes"),)):
        try:
            interactions = load(path).interactions
        except CassetteError as error:
            damaged = True
            click.echo(error.explanation.headline, err=True)
            continue
        checked = (
            verified(interactions, profile)
            if live_url is None or credentials is None
            else live(interactions, live_url, credentials, unsafe=unsafe)
        )
        reports.append(Report(path, checked, lines_of(path) if _has_findings(checked) else []))
    if as_json:
        click.echo(json.dumps(as_data(reports), indent=2, ensure_ascii=False))
    else:
        print_report(reports, against="live" if live_url else "the rules")
    if damaged:
        raise SystemExit(_NOT_CHECKED)
    if any(report.drift for report in reports):
        raise SystemExit(_DRIFT)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for given in paths:
        yield from cassettes_below(given)


def _has_findings(checked: Sequence[Checked]) -> bool:
    return any(one.findings for one in checked)


def _credentials(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    if split.scheme not in ("http", "https") or not split.hostname or split.path.strip("/"):
        msg = "--live takes scheme and host, such as https://api.twilio.com."
        raise click.UsageError(msg)
    if split.username or split.password:
        msg = f"--live takes no credentials in the URL; set {_SID} and {_TOKEN}."
        raise click.UsageError(msg)
    missing = [name for name in (_SID, _TOKEN) if not os.environ.get(name)]
    if missing:
        msg = f"--live needs credentials; set {' and '.join(missing)}."
        raise click.UsageError(msg)
    return os.environ[_SID], os.environ[_TOKEN]
