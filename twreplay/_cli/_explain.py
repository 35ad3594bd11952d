"""``twreplay explain``: an error code or a status of the API, or a question about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import click

from twreplay._cli._output import console, json_option, print_json, text
from twreplay._resources import QUESTIONS, RESOURCES, VERSION, Endpoint, Fault, Operation, Question
from twreplay._resources._cells import statuses
from twreplay._resources._faults import BY_CODE
from twreplay._resources._profile import Profile
from twreplay._resources._refusals import refused_by


@click.command()
@click.argument("code")
@json_option
def explain(code: str, as_json: bool) -> None:
    """
    Explain CODE: a code of the API's errors, an HTTP status, or q and the number of a question.

    For example: twreplay explain 21211, twreplay explain 404, twreplay explain q4
    """
    data = _explained(code.strip().lower())
    if data is None:
        close = _nearest(code)
        guess = f" Near it: {', '.join(map(str, close))}." if close else ""
        msg = f"this version of the API is not known to have {code!r}.{guess}"
        raise click.UsageError(msg)
    if as_json:
        print_json(data)
    else:
        _print(data)


def _explained(code: str) -> dict[str, Any] | None:
    if found := re.fullmatch(r"q(?:uestion)?\s*([0-9]+)", code):
        question = QUESTIONS.get(int(found[1]))
        return _question(question) if question is not None else None
    if not code.isascii() or not code.isdigit():
        return None
    if (fault := BY_CODE.get(int(code))) is not None:
        return _fault(fault)
    return _status(int(code))


def _fault(fault: Fault) -> dict[str, Any]:
    operations = refused_by(RESOURCES, fault)
    below = [(endpoint, operation) for _, endpoint, operation in operations]
    return {
        "kind": "error",
        "code": fault.code,
        "status": fault.status,
        "message": fault.message,
        "more_info": fault.more_info,
        "source": fault.evidence.source,
        "grade": fault.evidence.grade.value,
        "operations": _named(below),
        "try": f"{_rule(below)}.respond({fault.status}, code={fault.code})",
    }


def _status(status: int) -> dict[str, Any] | None:
    documented = Profile("documented")
    operations = [
        (endpoint, operation)
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        if status in statuses(endpoint, operation, documented)
    ]
    codes = sorted(code for code, fault in BY_CODE.items() if fault.status == status)
    if not operations and not codes:
        return None
    return {
        "kind": "status",
        "status": status,
        "codes": {str(code): BY_CODE[code].message for code in codes},
        "operations": _named(operations),
        "try": f"{_rule(operations)}.respond({status})",
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "kind": "question",
        "number": question.number,
        "question": question.question,
        "choice": question.choice,
        "evidence": question.evidence,
        "effect": question.effect.value,
    }


def _named(operations: Iterable[tuple[Endpoint, Operation]]) -> list[str]:
    return [f"{operation.method} {_below(endpoint)}" for endpoint, operation in operations]


def _below(endpoint: Endpoint) -> str:
    """The path as a rule of a test's own is written: below the account, ``*`` for a variable."""
    path = endpoint.path.removeprefix(f"/{VERSION}").removeprefix("/Accounts/{AccountSid}")
    return re.sub(r"\{\w+\}", "*", path) or "/"


def _rule(operations: Sequence[tuple[Endpoint, Operation]]) -> str:
    """A rule for the first of *operations*, or for any request where they are many."""
    if not operations or _below(operations[0][0]) == "/Accounts":
        return "twilio.when(times=1)"
    endpoint, operation = operations[0]
    return f'twilio.when("{operation.method}", "{_below(endpoint)}", times=1)'


def _nearest(code: str) -> Sequence[int]:
    if not (code.isascii() and code.isdigit()):
        return ()
    return sorted(sorted(BY_CODE, key=lambda known: abs(known - int(code)))[:3])


def _print(data: dict[str, Any]) -> None:
    out = console()
    if data["kind"] == "question":
        out.print(text(f"Question {data['number']}: {data['question']}", "bold"))
        out.print()
        rows = [
            ("simulated", data["choice"]),
            ("why", data["evidence"]),
            ("a test", data["effect"]),
        ]
    elif data["kind"] == "status":
        out.print(text(f"Status {data['status']}", "bold"))
        out.print()
        rows = [(f"code {code}", message) for code, message in data["codes"].items()]
    else:
        out.print(text(f"{data['code']}: {data['message']}", "bold"))
        out.print()
        rows = [
            ("status", str(data["status"])),
            ("known from", f"{data['source']} ({data['grade']})"),
        ]
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        out.print(text(f"  {name:<{width}}  {value}"))
    if data.get("operations"):
        out.print(text("\n  Answered by" if rows else "  Answered by"))
        for operation in data["operations"]:
            out.print(text(f"    {operation}"))
    if "try" in data:
        out.print()
        out.print(text("  In a test"))
        out.print(text(f"    {data['try']}", "green"))
