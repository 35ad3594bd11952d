"""Runs that rehearse, and what they tell."""

from __future__ import annotations

import re

import pytest
from inner_runs import run_inner

HEAD = """
import pytest, requests, twreplay
from twreplay import faults

class OwnError(Exception):
    pass

def ask(twilio, *asked):
    statuses = []
    for one in asked:
        method, path = one.split()
        form = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://a.example/"}
        sent = {"data": form} if method == "POST" else {}
        try:
            answer = requests.request(
                method, twilio.account_url + path, auth=twilio.auth, timeout=5, **sent
            )
        except requests.RequestException:
            statuses.append(0)
        else:
            statuses.append(answer.status_code)
    return statuses

"""


def rehearse(
    pytester: pytest.Pytester, *arguments: str, tells_waits: bool = False, **modules: str
) -> str:
    """Run *modules*, given by their names, and return what is told of their rehearsals."""
    for name, source in modules.items():
        pytester.makepyfile(**{name: HEAD + source})
    flags = ("-W", "error", "--twreplay-undocumented=ignore", *arguments)
    text = run_inner(pytester, *flags, tells_waits=tells_waits).stdout.str()
    assert "= twreplay rehearsal =" in text
    section = text.partition("= twreplay rehearsal =")[2].partition("\n")[2]
    return re.split(r"\n\ntwreplay: |\ntwreplay: |\n=+ ", section)[0].rstrip() + "\n"


def list_runs(told: str) -> list[tuple[str, int, str, str]]:
    """List each rehearsal that is told of: operation, which of its requests, failure, outcome."""
    runs, requests = [], []
    for line in told.splitlines():
        if found := re.fullmatch(r"  ([A-Z]+ /\S*)((?: #\d+,?)*)", line):
            numbers = re.findall(r"\d+", found[2]) or ["1"]
            requests = [(found[1], int(number)) for number in numbers]
        elif found := re.fullmatch(r"    ([^:]+): (.+)", line):
            runs += [
                (*request, failure, found[1])
                for request in requests
                for failure in _list_failures(found[2])
            ]
    return runs


def _list_failures(told: str) -> list[str]:
    """List what ``401 (20003, 20005), 500`` stands for."""
    names = []
    for status, codes in re.findall(r"(\w+)(?: \(([\d, ]+)\))?(?:, |$)", told):
        names += [f"{status} {code}" for code in codes.split(", ")] if codes else [status]
    return names
