"""``twreplay verify``: check cassettes against the rules of the API, or against a live API."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from twreplay._cassette import find_lines
from twreplay._cli.drift_report import Report, build_annotations, build_data, print_report
from twreplay._cli.output import (
    Readable,
    allow_empty_option,
    format_option,
    json_option,
    paths_argument,
    print_annotations,
    print_json,
    settle_format,
)
from twreplay._delivery import read_base
from twreplay._verify import PROFILE_CHOICES, Checked, verify_interactions, verify_webhooks

_SID, _TOKEN = "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"  # names, not values


@click.command()
@paths_argument
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
@allow_empty_option
@json_option
@format_option
def verify(
    paths: tuple[Path, ...],
    profile: str,
    live_url: str | None,
    unsafe: bool,
    allow_empty: bool,
    as_json: bool,
    form: str | None,
) -> None:
    """
    Hold the cassettes in PATHS against the rules of the API.

    PATHS are files or folders; by default those of the project. Each recorded request is asked
    again of the simulator, in the state that the cassette implies; what the recording has
    otherwise is shown with the rule and its source. Webhooks are held against what the API sends,
    and the application's answers to them against TwiML.

    Exits with 0 if they agree, 1 if they do not, 2 if something could not be checked.

    For example: twreplay verify cassettes --profile=observed
    """
    if unsafe and live_url is None:
        msg = "--unsafe is about --live; the rules can be asked anything."
        raise click.UsageError(msg)
    form = settle_format(form, as_json=as_json)
    credentials = _get_credentials(live_url) if live_url is not None else None
    cassettes = Readable(paths, "verify", allow_empty=allow_empty)
    reports = []
    for path, recording in cassettes:
        if live_url is None or credentials is None:
            checked = verify_interactions(recording.interactions, profile)
            checked += verify_webhooks(recording.webhooks)
        else:
            from twreplay._cli.live import verify_live  # late: nothing else needs a client

            checked = verify_live(recording.interactions, live_url, credentials, unsafe=unsafe)
        lines = find_lines(path) if _has_findings(checked) else []
        of_webhooks = find_lines(path, "webhooks") if lines and recording.webhooks else []
        reports.append(Report(path, checked, lines, of_webhooks))
    if form == "json":
        print_json(build_data(reports))
    elif form != "text":
        print_annotations(form, build_annotations(reports))
    else:
        print_report(reports, against="live" if live_url else "the rules")
    cassettes.end(found=any(report.drift for report in reports))


def _has_findings(checked: Sequence[Checked]) -> bool:
    return any(one.findings for one in checked)


def _get_credentials(url: str) -> tuple[str, str]:
    if "@" in url:
        msg = f"--live takes no credentials in the URL; set {_SID} and {_TOKEN}."
        raise click.UsageError(msg)
    base = read_base(url)
    if base is None or base.path.strip("/"):
        msg = "--live takes scheme and host, such as https://api.twilio.com."
        raise click.UsageError(msg)
    missing = [name for name in (_SID, _TOKEN) if not os.environ.get(name)]
    if missing:
        msg = f"--live needs credentials; set {' and '.join(missing)}."
        raise click.UsageError(msg)
    return os.environ[_SID], os.environ[_TOKEN]
