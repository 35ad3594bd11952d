"""``twreplay explain``: a code, a status or a question of the API, or an error of twreplay's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import click

from twreplay._api import (
    QUESTIONS,
    RESOURCES,
    VERSION,
    Code,
    Endpoint,
    Operation,
    Profile,
    Question,
    find_refusable_operations,
    list_statuses,
)
from twreplay._api.errors import BY_CODE, CODES, ERROR_PAGE
from twreplay._cli.errors_page import anchor_of, sections
from twreplay._cli.output import (
    create_console,
    find_width,
    json_option,
    print_json,
    text,
    wrap,
)
from twreplay._suggestion import find_similar
from twreplay._twiml import CODES as TWIML_CODES
from twreplay._twiml import Code as TwimlCode

_LOGS = {"0": "an error, Log 0", "1": "a warning, Log 1", "": "a notification"}


@click.command(short_help="Explain an error, a status, a question about the API.")
@click.argument("words", nargs=-1, required=True, metavar="CODE")
@json_option
def explain(words: tuple[str, ...], as_json: bool) -> None:
    """
    Explain CODE: an error code or a status of the API, a question about it, or a twreplay error.

    A question is q and its number. A twreplay error goes by its class, or by the name that its
    message ends with.

    For example: twreplay explain 21211, twreplay explain 404, twreplay explain q4, twreplay explain
    cassette-not-found
    """
    code = " ".join(words).strip()
    data = _build_explanation(code.lower()) or _error_class(code)
    if data is None:
        close = _find_nearest(code)
        guess = f" Near it: {', '.join(close)}." if close else ""
        msg = f"this version of the API is not known to have {code!r}, nor twreplay such an error."
        msg += guess
        raise click.UsageError(msg)
    if as_json:
        print_json(data)
    else:
        _print(data)


def _build_explanation(code: str) -> dict[str, Any] | None:
    if found := re.fullmatch(r"q(?:uestion)?\s*([0-9]+)", code):
        question = QUESTIONS.get(int(found[1]))
        return _explain_question(question) if question is not None else None
    if not code.isascii() or not code.isdigit():
        return None
    known, twiml = CODES.get(int(code)), TWIML_CODES.get(int(code))
    if known is not None:
        return _explain_code(known) | (_explain_cause(twiml) if twiml is not None else {})
    if twiml is not None:
        return _explain_twiml(twiml)
    return _explain_status(int(code))


def _explain_code(known: Code) -> dict[str, Any]:
    """Describe a code of the error dictionary: answered, logged, or both."""
    fault = BY_CODE.get(known.number)
    operations = find_refusable_operations(RESOURCES, fault) if fault is not None else ()
    below = [(endpoint, operation) for _, endpoint, operation in operations]
    status = known.status or (fault.status if fault is not None else None)
    rule = f"{_format_rule(below)}.respond({status or 400}, code={known.number})"
    return {
        "kind": "error",
        "code": known.number,
        "status": status,
        "message": known.text or known.title,
        "title": known.title,
        "more_info": ERROR_PAGE.format(code=known.number),
        "source": (known.text_evidence or known.evidence).source,
        "grade": (known.text_evidence or known.evidence).grade.value,
        "logged": _LOGS[known.log] if known.is_logged else "",
        "operations": _format_operations(below),
        "try": f"twilio.add_notification(ErrorCode={known.number})"
        if known.is_logged and fault is None
        else rule,
    }


def _explain_twiml(code: TwimlCode) -> dict[str, Any]:
    return {
        "kind": "error",
        "code": code.number,
        "status": None,
        "message": code.title,
        "title": code.title,
        "more_info": ERROR_PAGE.format(code=code.number),
        "source": code.evidence.source,
        "grade": code.evidence.grade.value,
        "logged": f"{code.severity.value}, by TwiML alone",
        "operations": [],
        **_explain_cause(code),
    }


def _explain_cause(code: TwimlCode) -> dict[str, Any]:
    """Describe what in a document causes a code, and what the API does then."""
    return {
        "severity": code.severity.value,
        "cause": code.cause.value,
        "consequence": code.consequence,
        "question": code.question,
    }


def _explain_status(status: int) -> dict[str, Any] | None:
    documented = Profile("documented")
    operations = [
        (endpoint, operation)
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        if status in list_statuses(endpoint, operation, documented)
    ]
    codes = sorted(code for code, fault in BY_CODE.items() if fault.status == status)
    if not operations and not codes:
        return None
    return {
        "kind": "status",
        "status": status,
        "codes": {str(code): BY_CODE[code].message for code in codes},
        "operations": _format_operations(operations),
        "try": f"{_format_rule(operations)}.respond({status})",
    }


def _explain_question(question: Question) -> dict[str, Any]:
    return {
        "kind": "question",
        "number": question.number,
        "question": question.question,
        "choice": question.choice,
        "evidence": question.evidence,
        "grade": question.grade.value,
        "effect": question.told,
    }


def _error_class(name: str) -> dict[str, Any] | None:
    """Describe an error of twreplay's, by its anchor in the documentation or by its class."""
    anchor = anchor_of(name)
    if anchor not in sections():
        return None
    return {"kind": "error of twreplay", "anchor": anchor, "text": sections()[anchor]}


def _format_operations(operations: Iterable[tuple[Endpoint, Operation]]) -> list[str]:
    return [f"{operation.method} {_format_path(endpoint)}" for endpoint, operation in operations]


def _format_path(endpoint: Endpoint) -> str:
    """Format the path for a user rule: below the account, ``*`` for a variable."""
    path = endpoint.path.removeprefix(f"/{VERSION}").removeprefix("/Accounts/{AccountSid}")
    return re.sub(r"\{\w+\}", "*", path) or "/"


def _format_rule(operations: Sequence[tuple[Endpoint, Operation]]) -> str:
    """Format a rule for the first of *operations*; for any request if there are none."""
    if not operations or _format_path(operations[0][0]) == "/Accounts":
        return "twilio.when(times=1)"
    endpoint, operation = operations[0]
    return f'twilio.when("{operation.method}", "{_format_path(endpoint)}", times=1)'


def _find_nearest(code: str) -> Sequence[str]:
    if not (code.isascii() and code.isdigit()):
        return find_similar(anchor_of(code), sections())
    near = sorted({*CODES, *TWIML_CODES}, key=lambda known: abs(known - int(code)))[:3]
    return [str(known) for known in sorted(near)]


def _print_markdown(source: str) -> None:
    """Print *source*: laid out for a width, as it is where another program reads."""
    if find_width() is None:
        click.echo(source)
        return
    from rich.markdown import Markdown  # 60 ms, for this one kind

    # Lists and tables are as wide as the terminal; lines that may be longer would be cut off.
    create_console().print(Markdown(source, hyperlinks=False), soft_wrap=False)


def _print(data: dict[str, Any]) -> None:
    out = create_console()
    if data["kind"] == "error of twreplay":
        out.print(text(data["anchor"], "bold"))
        out.print()
        _print_markdown(data["text"])
        return
    if data["kind"] == "question":
        out.print(text(wrap(f"Question {data['number']}: {data['question']}"), "bold"))
        out.print()
        rows = [
            ("simulated", data["choice"]),
            ("why", f"{data['evidence']} ({data['grade']})"),
            ("a test", data["effect"]),
        ]
    elif data["kind"] == "status":
        out.print(text(f"Status {data['status']}", "bold"))
        out.print()
        rows = [(f"code {code}", message) for code, message in data["codes"].items()]
    else:
        out.print(text(wrap(f"{data['code']}: {data['message']}"), "bold"))
        out.print()
        rows = [
            *([("status", str(data["status"]))] if data["status"] else []),
            *([("logged as", data["logged"])] if data["logged"] else []),
            *([("title", data["title"])] if data["title"] != data["message"] else []),
            *([("cause", data["cause"])] if "cause" in data else []),
            *([("the API", data["consequence"])] if "consequence" in data else []),
            ("known from", f"{data['source']} ({data['grade']})"),
            *([("question", str(int(data["question"])))] if data.get("question") else []),
        ]
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        out.print(text(wrap(f"  {name:<{width}}  {value}", " " * (width + 4))))
    if data.get("operations"):
        out.print(text("\n  Answered by" if rows else "  Answered by"))
        for operation in data["operations"]:
            out.print(text(f"    {operation}"))
    if "try" in data:
        out.print()
        out.print(text("  In a test"))
        out.print(text(f"    {data['try']}", "green"))
