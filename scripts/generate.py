"""
Write the pages of docs/ that follow from the definitions: ``python scripts/generate.py``.

With ``--check`` nothing is written, and the exit status is 1 if a page disagrees with them. A test
fails then as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

# The other generators, which stand beside this script.
sys.path.insert(0, str(Path(__file__).parent))

import llms
import reference
import samples

from twreplay._api import (
    DIFFERENCES,
    MAGIC_INPUTS,
    MAGIC_SENDER,
    QUESTIONS,
    RESOURCES,
    VALIDATION_REQUEST,
    Filter,
    Profile,
    Property,
    Q,
    Resource,
)
from twreplay._api.errors import CODES
from twreplay._api.status_matrix import Cell, list_cells
from twreplay._api.webhooks import (
    CALL_PARAMS,
    FALLBACK_PARAMS,
    LIMITS,
    WEBHOOK_ERRORS,
    WEBHOOKS,
    WebhookAnswer,
    WebhookError,
    WebhookLimit,
    WebhookParam,
)
from twreplay._simulator.hints import TABLES
from twreplay._twiml import CODES as TWIML_CODES
from twreplay._twiml import FORBIDDEN, VERBS, VERBS_OF, Attribute, Verb

DOCS = Path(__file__).resolve().parents[1] / "docs"

NOTE = "<!-- Written by scripts/generate.py from the definitions of the API. -->\n\n"

# What Markdown takes for an element, and drops from the page if it knows none of that name.
_ELEMENT = re.compile(r"(<[A-Za-z/?!][^<>`]*>)")


def api() -> str:
    """Paths, methods and statuses; parameters; filters; properties."""
    lines = [
        "# Twilio API 2008-08-01: paths, statuses, parameters",
        "",
        "Every path, method and status, from the definitions; one test per cell is in",
        "`tests/simulator/test_cells.py`. Paths are below `/2008-08-01`. Where the two",
        "[profiles](profiles.md) differ, the observed one follows after a slash. *302* and *500*",
        "are answered only when a rule of your own says so: nothing that is sent brings them",
        "about.",
        "",
    ]
    for resource in RESOURCES:
        lines += [f"## {resource.name}", "", f"Source: {resource.pages}.", ""]
        lines += [f"[Sample responses]({samples.name_page(resource)}) in XML, JSON, CSV, HTML.", ""]
        lines += _cells(resource)
        lines += _parameters(resource)
        if resource.filters:
            lines += ["", "| filter | compares | values |", "|---|---|---|"]
            lines += [
                f"| `{f.name}` | {_cell(f.compares)} | {_values(f)} |" for f in resource.filters
            ]
        if resource.container:
            lines += ["", "Lists take `num` and `page` as well: see [paging](#paging)."]
        lines += ["", "Elements, in wire order:", ""]
        lines += [
            ", ".join(_element(prop) for prop in resource.properties) + ".",
            "",
        ]
    lines += _validation_request()
    lines += _paging()
    lines += _error_codes()
    return NOTE + "\n".join(lines)


def _values(listed: Filter) -> str:
    if not listed.named:
        return _cell(", ".join(listed.values)) or "any"
    others = [value for value in listed.values if value not in listed.named]
    number = int(Q.UNNAMED_FILTER)
    return (
        f"{', '.join(listed.named)}; {', '.join(others)} "
        f"([question {number}](undocumented.md#{number}))"
    )


def _validation_request() -> list[str]:
    return [
        f"## {VALIDATION_REQUEST.name}",
        "",
        f"Source: {VALIDATION_REQUEST.pages}. The answer to a POST to `/OutgoingCallerIds`;",
        "it has no path of its own.",
        "",
        "Elements, in wire order:",
        "",
        ", ".join(_element(prop) for prop in VALIDATION_REQUEST.properties) + ".",
        "",
    ]


def _paging() -> list[str]:
    unnamed = int(Q.UNNAMED_FILTER)
    return [
        "## Paging",
        "",
        "Every list takes these in its query. Source: response page, paging; `page` in lower case",
        "is what applications of the time sent (observed).",
        "",
        "| parameter | is | if absent | out of range |",
        "|---|---|---|---|",
        "| `num` | items on a page, 1 to 1000 | `50` | [question 10](undocumented.md#10) |",
        "| `page` | page, from 0 | `0` | [question 10](undocumented.md#10) |",
        "| `Page` | the same; deprecated | - | with `page`: [question 64](undocumented.md#64) |",
        "",
        "A list has these attributes, in this order: `page`, `numpages`, `pagesize`, `total`,",
        "`start`, `end`, `uri`, `firstpageuri`, `nextpageuri`, `previouspageuri`, `lastpageuri`.",
        "",
        "The tables of filters above hold for the list of the resource itself. Lists below a",
        "number, a call or a recording take the same ones, and other operators than those named",
        f"work: [question {unnamed}](undocumented.md#{unnamed}).",
        "",
    ]


def _error_codes() -> list[str]:
    lines = [
        "## Error codes",
        "",
        "The error dictionary, as far as this version is known to have it. `answered` is the",
        "status of a response with the code; `logged` is the `Log` of a notification with it, 0",
        "for an error and 1 for a warning. `twreplay explain 21201` shows one;",
        "`respond(400, code=21201)` and `add_notification(ErrorCode=12100)` take any of them.",
        "",
        "| code | text | answered | logged | known from |",
        "|---|---|---|---|---|",
    ]
    for code in CODES.values():
        source = code.text_evidence or code.evidence
        logged = (code.log or "yes") if code.is_logged else "-"
        lines.append(
            f"| {code.number} | {_cell(code.text or code.title)} | {code.status or '-'} | {logged} "
            f"| {_cell(source.source)} ({source.grade.value}) |"
        )
    return [*lines, ""]


def _element(prop: Property) -> str:
    notes = []
    if prop.only_with:
        notes.append("observed profile only")
    if prop.only_alone:
        notes.append("not in lists")
    if prop.absent_with:
        notes.append("not on toll-free numbers")
    if prop.known_from is not None:
        notes.append(f"from {prop.known_from.source}: {prop.known_from.grade.value}")
    return f"`{prop.name}`" + (f" ({', '.join(notes)})" if notes else "")


def _cells(resource: Resource) -> Iterator[str]:
    yield "| path | method | statuses | source |"
    yield "|---|---|---|---|"
    observed = {_key(cell) for cell in list_cells((resource,), Profile("observed"))}
    documented = list(list_cells((resource,), Profile("documented")))
    for (path, method), group in groupby(documented, lambda c: (c.endpoint.path, c.method)):
        row = list(group)
        ours = [cell.status for cell in row]
        theirs = sorted(s for p, m, s in observed if (p, m) == (path, method))
        shown = ", ".join(f"*{c.status}*" if c.by_rule else str(c.status) for c in row)
        if ours != theirs:
            only = [str(status) for status in theirs if status not in ours]
            shown = shown.replace("200", f"200 / {only[0]}", 1)
        sources = dict.fromkeys(
            f"{c.evidence.source} ({c.evidence.grade.value})" for c in row if not c.by_rule
        )
        yield f"| `{path}` | {method} | {shown} | {_cell('; '.join(sources))} |"


def _key(cell: Cell) -> tuple[str, str, int]:
    return cell.endpoint.path, cell.method, cell.status


def _parameters(resource: Resource) -> Iterator[str]:
    operations = [
        (endpoint, operation)
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        if operation.params
    ]
    if not operations:
        return
    yield ""
    yield "| operation | parameter | is | if absent | if wrong |"
    yield "|---|---|---|---|---|"
    for endpoint, operation in operations:
        for param in operation.params:
            absent = (
                f"400, {param.missing.code}"
                if param.missing
                else f"`{param.default}`"
                if param.default
                else "-"
            )
            wrong = f"400, {param.invalid.code}" if param.invalid else "-"
            yield (
                f"| {operation.method} `{endpoint.path}` | `{param.name}` | "
                f"{_cell(param.field_type.title)} | {absent} | {wrong} |"
            )


def undocumented() -> str:
    """The questions that nobody can answer."""
    lines = [
        "# Undocumented behavior of the API",
        "",
        "This page lists the questions about the API that nobody can answer, and what the",
        "simulator does about each.",
        "The live API of this version can no longer be asked. Where its reference is silent the",
        "simulator does something reasonable, and says so: when the *outcome* of a request rests",
        "on such a choice it issues `UndocumentedBehavior` with the number below; when only the",
        "*look* of a documented outcome does, the journal notes it",
        "(`twilio.requests[0].questions`).",
        '`undocumented="error"` turns the warning into an exception, `"ignore"` silences it.',
        "Those of *webhooks*, the API's requests to an application, are noted with each delivery;",
        "those of *calls*, the course of a call and of its TwiML, are listed by the phone's call",
        "(`call.questions`).",
        "",
        "Each answer is graded by the weakest of what it rests on: documented, observed, later",
        "version, chosen by us (`twilio.requests[0].grade`, and `.grades` for its rule, status,",
        "headers, body and questions apart).",
        "",
        'With `"error"`, and with a filter that makes errors of these warnings, the request is',
        "refused before anything has happened: no instance is changed, no identifier used up.",
        "What is documented is never refused, such as a parameter that nobody knows, which is",
        "accepted and logged.",
        "",
        "| # | question | what is simulated | evidence | grade | effect |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f'| <a id="{q.number}"></a>{q.number} | {_cell(q.question)} | {_cell(q.choice)} | '
        f"{_cell(q.evidence)} | {q.grade.value} | {_cell(q.told)} |"
        for q in QUESTIONS.values()
    ]
    lines.append("")
    return NOTE + "\n".join(lines)


def profiles() -> str:
    """Where the reference and the wire differ."""
    lines = [
        "# Profiles: documented and observed",
        "",
        "A profile decides what simulators follow where the reference and production differ.",
        "`documented` (the default) does what the reference says; `observed` does what production",
        "code of the time relied on. Choose with `simulate(profile=...)`, the mark,",
        "`--twreplay-profile` or the ini key `twreplay_profile`. Each difference is a row:",
        "",
        "| what | documented | observed | the reference | seen |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {' | '.join(map(_cell, (d.about, d.documented, d.observed)))} | "
        f"{_cell(d.says.source)} | {_cell(d.seen.source)} |"
        for d in DIFFERENCES.values()
    ]
    return NOTE + "\n".join([*lines, ""])


def other_versions() -> str:
    """Hints for who knows another version."""
    lines = [
        "# Differences from other versions of the API (2010-04-01)",
        "",
        "This page lists the hints for requests that were written for another version of the API.",
        "Requests that were written for a later version, 2010-04-01 above all, are answered as",
        "2008-08-01 answers them. With each such answer comes one of these hints, as a",
        "`WrongVersion` warning and in the journal (for a method that is not supported, in the",
        "journal alone). A request that this version understands never gets one.",
        "",
        "| sent | hint |",
        "|---|---|",
    ]
    lines += [f"| field `{n}`, to {a.value} | {_cell(h)} |" for (a, n), h in TABLES.fields.items()]
    lines += [f"| filter `{name}` | {_cell(hint)} |" for name, hint in TABLES.filters.items()]
    lines += [
        f"| filter `Status={word}` of {name}s | the status is a number: {number} |"
        for (name, word), number in TABLES.statuses.items()
    ]
    lines += [f"| path `.../{part}` | {_cell(hint)} |" for part, hint in TABLES.paths.items()]
    lines += [
        f"| path `.../{{Sid}}/{part}` | {_cell(hint)} |" for part, hint in TABLES.parts.items()
    ]
    later = ", ".join(f"`{name}`" for name in sorted(TABLES.later_fields))
    lines += [f"| fields {later} | each came with a later version; leave it out |"]
    lines += [f"| {m} `{path}` | {_cell(hint)} |" for (m, path), hint in TABLES.methods.items()]
    lines += [
        "| a path of another version | the path begins with /2008-08-01 |",
        "| a path in another case | paths are case-sensitive |",
        "| a name in another case | names are case-sensitive |",
        "| a slash at the end | leave it out |",
        "| `Accept: application/json` alone | add `.json` to the path |",
        "| an extension after the query | it belongs to the path |",
        "| a body as JSON or multipart | bodies are form-encoded |",
        "| a bearer token, or an API key `SK...` | use the account's Sid and token |",
        "| an auth token with white space around it | take it off |",
        "",
    ]
    lines += [
        "## Magic numbers of test credentials",
        "",
        "Test credentials came with 2010-04-01. A suite that was written for their "
        "[magic numbers](https://www.twilio.com/docs/iam/test-credentials) adds them with",
        "`twilio.add_magic_numbers()`, or for all tests in a fixture `twilio` of its own. They are "
        "rules that need not be used, known with and",
        f"without `+1`; {MAGIC_SENDER} becomes a number of the account, which may call and text.",
        "",
        "| posted to | field | refused as | because |",
        "|---|---|---|---|",
        *(f"| `{m.path}` | `{m.field}={m.value}` | {m.code} | {m.meaning} |" for m in MAGIC_INPUTS),
        "",
        "A number cannot be chosen when it is bought, so those for buying have no meaning here.",
        "",
    ]
    return NOTE + "\n".join(lines)


def webhooks() -> str:
    """Return the page of the requests to applications: kinds, parameters, codes, limits."""
    lines = [
        "# Webhooks",
        "",
        "The requests that the API makes to an application, as this library knows them: each",
        "parameter in the order in which it is sent, with its source and how far that can be",
        "trusted. What nobody knows any more has a number among the",
        "[questions](undocumented.md). Each request is [signed](signatures.md).",
        "",
        "## Every request of a call",
        "",
        *_webhook_params(CALL_PARAMS),
    ]
    for kind in WEBHOOKS.values():
        own = tuple(param for param in kind.params if param not in CALL_PARAMS)
        method = f"always {kind.method}" if kind.is_method_fixed else f"{kind.method} by default"
        asked = ", ".join(f"[{number}](undocumented.md#{number})" for number in kind.questions)
        lines += [
            "",
            f"## {_cell(kind.title[0].upper() + kind.title[1:])}",
            "",
            f"`{kind.name}`: {method}; the response is ",
        ]
        lines[-1] += f"{_USES[kind.answer]}. Source: {_cell(kind.evidence.source)}"
        lines[-1] += f" ({kind.evidence.grade.value})." + (f" Questions: {asked}." if asked else "")
        if kind.params and own != kind.params:
            lines += ["", "Besides what every request of a call carries:"]
        if own:
            lines += ["", *_webhook_params(own)]
    lines += ["", "## A fallback URL", "", "Besides what the request that failed carried:", ""]
    lines += _webhook_params(FALLBACK_PARAMS)
    lines += ["", "## When fetching fails", "", "| code | title | source |", "|---|---|---|"]
    lines += [f"| {e.code} | {e.title} | {_source(e)} |" for e in WEBHOOK_ERRORS.values()]
    lines += ["", "## Limits", "", "| limit | is | source |", "|---|---|---|"]
    lines += [f"| {name} | {limit.value} | {_source(limit)} |" for name, limit in LIMITS.items()]
    return NOTE + "\n".join([*lines, ""])


_USES = {
    WebhookAnswer.VOICE: "TwiML, audio to play, or text to say",
    WebhookAnswer.AUDIO: "audio to play",
    WebhookAnswer.SMS: "TwiML, text to send back, or nothing",
    WebhookAnswer.IGNORED: "not used",
}


def _webhook_params(params: tuple[WebhookParam, ...]) -> Iterator[str]:
    yield "| parameter | is sent | source |"
    yield "|---|---|---|"
    for param in params:
        yield f"| `{param.name}` | {param.presence.value} | {_source(param)} |"


def _source(known: WebhookParam | WebhookError | WebhookLimit) -> str:
    question = getattr(known, "question", None)
    text = f"{_cell(known.evidence.source)} ({known.evidence.grade.value})"
    return text + (f"; question [{question:d}](undocumented.md#{question:d})" if question else "")


def _cell(text: str) -> str:
    """Write *text* so that a table shows each of its characters; elements as code."""
    parts = _ELEMENT.split(text.replace("|", "\\|"))
    parts[1::2] = [f"`{element}`" for element in parts[1::2]]
    parts[::2] = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "".join(parts)


MARK = "<!-- Written by scripts/generate.py from the definitions, from here on. -->\n"


def twiml() -> str:
    """The verbs and codes of TwiML, after what is written by hand."""
    by_hand, _, _ = _written("twiml.md").partition(MARK)
    lines = [
        "",
        "## Kinds of documents",
        "",
        "| kind | verbs | any other |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{kind.value}` | {', '.join(f'`<{name}>`' for name in names)} | {FORBIDDEN[kind]} |"
        for kind, names in VERBS_OF.items()
    ]
    for verb in VERBS.values():
        lines += _twiml_verb(verb)
    lines += [
        "",
        "## Codes",
        "",
        "What TwiML is logged with, as a Notification. *Cause* tells who can bring it about; the",
        "checker finds those of the document alone.",
        "",
        "| code | title | log | cause | what the API does | source | grade | question |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {code.number} | {_cell(code.title)} | {code.severity.value} | {code.cause.value} | "
        f"{_cell(code.consequence)} | {_cell(code.evidence.source)} | "
        f"{code.evidence.grade.value} | {_question(code.question)} |"
        for code in TWIML_CODES.values()
    ]
    return by_hand + MARK + "\n".join([*lines, ""])


def _twiml_verb(verb: Verb) -> Iterator[str]:
    yield from ("", f"## {verb.name}", "", verb.summary)
    if verb.content is not None:
        content = verb.content
        yield from (
            "",
            f"Inside it: {content.name} ({_cell(content.type.title)}). "
            f"What is illegal is logged with {content.code}, and {content.consequence}.",
        )
    if verb.children and verb.name != "Response":
        names = ", ".join(f"`<{name}>`" for name in verb.children)
        yield from ("", f"Elements inside it: {names}; any other is logged with {verb.child_code}.")
    yield from ("", f"After it: {verb.ending.value}.") if verb.name not in _NOUNS else ()
    grade = verb.evidence.grade.value
    yield from ("", f"Source: {_cell(verb.evidence.source)} ({grade}).")
    if verb.attributes:
        yield from (
            "",
            "| attribute | values | default | an illegal value | source | grade |",
            "|---|---|---|---|---|---|",
        )
        yield from (_twiml_attribute(attribute) for attribute in verb.attributes)


_NOUNS = ("Number", "Conference", "Response")


def _twiml_attribute(attribute: Attribute) -> str:
    inside = "".join(f"; in `<{name}>` {code}" for name, code in attribute.codes_in.items())
    default = attribute.default_shown if attribute.default_text else f"`{attribute.default_shown}`"
    return (
        f"| `{attribute.name}` | {_cell(attribute.type.title)} | {_cell(default)} | "
        f"{attribute.code}{inside} | {_cell(attribute.evidence.source)} | "
        f"{attribute.evidence.grade.value} |"
    )


def _question(number: int | None) -> str:
    return "" if number is None else f"[{int(number)}](undocumented.md#{int(number)})"


def shipped_errors() -> str:
    """Copy the page about errors into the package, where ``twreplay explain`` reads it."""
    return (DOCS / "errors.md").read_text(encoding="utf-8")


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api,
    "undocumented.md": undocumented,
    "profiles.md": profiles,
    "other-versions.md": other_versions,
    "twiml.md": twiml,
    "webhooks.md": webhooks,
    "../twreplay/_cli/errors.md": shipped_errors,
    "python-api.md": reference.build_page,
    **{name: partial(samples.build_page, name) for name in samples.PAGES},
}
PAGES["llms.txt"] = lambda: llms.build_page(
    {name: build() for name, build in PAGES.items() if name.endswith(".md")}
)


def _written(name: str) -> str:
    path = DOCS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Write the pages, or say which are out of date."""
    stale = [name for name, page in PAGES.items() if _written(name) != page()]
    if "--check" in sys.argv[1:]:
        for name in stale:
            page = (DOCS / name).resolve()
            print(f"{page} is out of date: python scripts/generate.py", file=sys.stderr)
        return bool(stale)
    for name in stale:
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
