"""
Build docs/python-api.md, the reference of everything public.

What has a docstring is a line for mkdocstrings, which reads it when the site is built. What
mkdocstrings cannot see is written here: the keywords of sessions, the plugin's fixtures, marks and
options. ``scripts/generate.py`` writes the page.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import twreplay
from twreplay._live import Phone, PhoneCall, WebhookRule
from twreplay._pytest import fixtures
from twreplay._pytest.options import MARKS, OPTIONS, Option
from twreplay._sessions.cassette import CassetteOptions
from twreplay._simulator import SimulatorOptions

NOTE = "<!-- Written by scripts/generate.py from signatures and docstrings. -->"

FIXTURES = (
    "twilio",
    "twilio_app",
    "twilio_cassette",
    "twilio_module",
    "twilio_server",
    "twilio_session",
    "twreplay_config",
    "twreplay_cassette_dir",
)

# Public within the package, and nothing for a test to use.
_INTERNAL = {
    "Cassette": "answer record interrupted recording find_leak recorded_any recorded_count rewrites"
    " unmatched_error unused_error interruption unused_places fresh_places hosts records",
    "Simulator": "reply unused_rules last_request list_resource add_resource",
    "UserRule": "matches take effect_for apply is_unused text delay_seconds explain_time",
    "Clock": "cancel find_due drop schedule mark rewind on_due save load seconds forget",
    "Request": "with_body overload shown_url",
    "Response": "defer mentions",
    "Headers": "",
    "RecordMode": "replays records",
    "Recorder": "get items keys values",
    "Phone": "take_note check_inbox find_text take_text has_stopped begin_refusal ringing"
    " check_ringing",
    "PhoneCall": "is_before_beep is_in_hands begin_speech has_heard check_heard",
    "WebhookRule": "text is_empty needed apply is_on_path find_differences",
}

_SESSIONS = {"simulate": SimulatorOptions, "use_cassette": CassetteOptions}


def build_page() -> str:
    """Return the page."""
    return "\n".join([NOTE, "", *_list_parts()])


def _list_parts() -> Iterator[str]:
    yield "# Python API reference"
    yield ""
    yield "Every public name of `twreplay`, `twreplay.errors` and `twreplay.faults`, with its"
    yield "signature; the keywords of sessions with type, default and meaning; the fixtures, marks"
    yield "and options of the pytest plugin. Other names are internal: any release may change them."
    yield ""
    yield "## Functions"
    yield ""
    for name in ("simulate", "use_cassette", "block_network", "add_to_responses", "wsgi"):
        yield from _document(f"twreplay.{name}")
        if name in _SESSIONS:
            yield from _list_keywords(name)
    yield "## One configuration for many sessions"
    yield ""
    yield from _document("twreplay.Recorder")
    yield "## Simulator"
    yield ""
    yield "It takes the [keywords of `simulate`](#keywords-of-simulate-simulatoroptions)."
    yield ""
    yield from _document("twreplay.Simulator", inherited=True)
    simulator = twreplay.Simulator()
    yield "### What a simulator gives you"
    yield ""
    for value in (simulator.when().passes(), simulator.clock, simulator.accounts[0]):
        yield from _document(_find_path(type(value)))
    simulator.handle(twreplay.Request("GET", simulator.account_url))
    yield from _document(_find_path(type(simulator.requests)))
    yield from _document(_find_path(type(simulator.requests[0])))
    for kind in (Phone, PhoneCall, WebhookRule):
        yield from _document(_find_path(kind))
    yield "## Conditions of rules and assertions"
    yield ""
    for name in ("ABSENT", "PRESENT", "any_of", "contains"):
        yield from _document(f"twreplay.{name}")
    yield "## TwiML and webhooks"
    yield ""
    for name in ("check_twiml", "TwimlFinding", "sign", "is_signed", "take"):
        yield from _document(f"twreplay.{name}")
    yield "## Server"
    yield ""
    yield from _document("twreplay.Server", inherited=True)
    yield "## Cassette"
    yield ""
    yield from _document("twreplay.Cassette")
    yield from _document("twreplay.RecordMode")
    yield "## Requests and responses"
    yield ""
    for name in ("Request", "Response", "Headers", "Credentials", "Interaction"):
        yield from _document(f"twreplay.{name}")
    for module, title in (("errors", "Errors and warnings"), ("faults", "Network faults")):
        yield f"## {title}: `twreplay.{module}`"
        yield ""
        for name in sorted(getattr(twreplay, module).__all__):
            yield from _document(f"twreplay.{module}.{name}")
    yield from _list_plugin()


def _find_path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _document(
    path: str, *, inherited: bool = False, hide_parameters: bool = False
) -> Iterator[str]:
    """Write the line for mkdocstrings, and how it shows the object at *path*."""
    names = _INTERNAL.get(path.rpartition(".")[2], "").split()
    filters = ", ".join(f'"!^{name}$"' for name in ("_.*", *names))
    yield f"::: {path}"
    yield "    options:"
    yield f"      filters: [{filters}]"
    if inherited:
        yield "      inherited_members: true"
    yield ""


def parse_keywords(options: type) -> dict[str, str]:
    """Return what the docstring of *options* says of each keyword, on one line."""
    section = inspect.cleandoc(options.__doc__ or "").partition("Attributes:\n")[2]
    items = re.split(r"^ {4}(\w+): ", section, flags=re.MULTILINE)[1:]
    return {
        name: " ".join(text.split()) for name, text in zip(items[::2], items[1::2], strict=True)
    }


def _list_keywords(function: str) -> Iterator[str]:
    options = _SESSIONS[function]
    texts = parse_keywords(options)
    yield f"### Keywords of `{function}`: `{options.__name__}`"
    yield ""
    yield "| keyword | type | default | meaning |"
    yield "|---|---|---|---|"
    for name, annotation in options.__annotations__.items():
        # "or", as a pipe in code is shown with its backslash by some and ends the cell for others.
        kind = getattr(annotation, "__forward_arg__", str(annotation)).replace(" | ", "` or `")
        meaning, _, default = texts.get(name, "").partition("Default: ")
        yield f"| `{name}` | `{kind}` | {_code(default.rstrip('.'))} | {_code(meaning.strip())} |"
    yield ""


def _code(text: str) -> str:
    """Write *text* of a docstring for a cell of a table."""
    return re.sub(r"(?<!\w)\*(\w+)\*", r"`\1`", text.replace("``", "`")).replace("|", "\\|")


def _list_plugin() -> Iterator[str]:
    yield "## pytest plugin"
    yield ""
    yield "How they are used is in the guide to the [pytest plugin](pytest.md)."
    yield ""
    yield "### Fixtures"
    yield ""
    yield "| fixture | scope | is |"
    yield "|---|---|---|"
    for name in FIXTURES:
        yield f"| `{name}` | {_read_scope(name)} | {_code(_read_summary(name))} |"
    yield ""
    yield "### Marks"
    yield ""
    for mark in MARKS:
        signature, _, text = mark.partition(": ")
        yield f"`@pytest.mark.{signature}`"
        yield f":   {text[0].upper()}{text[1:]}"
        yield ""
    yield "### Options"
    yield ""
    yield "Each is a flag and an ini key. The flag beats the mark, which beats `twreplay_config`,"
    yield "which beats the ini key."
    yield ""
    yield "| flag | ini key | values | does |"
    yield "|---|---|---|---|"
    for option in OPTIONS:
        about = f"{option.about[0].upper()}{option.about[1:]}"
        flag, values = f"`--twreplay-{option.name}`", _list_values(option)
        yield f"| {flag} | `{option.ini_key}` | {values} | {_code(about)} |"
    yield ""


def _list_values(option: Option) -> str:
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    metavar = option.flag.get("metavar")
    optional = ", may be left out" if option.flag.get("nargs") == "?" else ""
    return f"{metavar}{optional}" if metavar else "none"


def _find_definition(name: str) -> ast.FunctionDef:
    tree = ast.parse(inspect.getsource(fixtures))
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)


def _read_summary(fixture: str) -> str:
    text = inspect.cleandoc(ast.get_docstring(_find_definition(fixture)) or "")
    return " ".join(text.partition("\n\n")[0].split())


def _read_scope(fixture: str) -> str:
    decorator = ast.unparse(_find_definition(fixture).decorator_list[0])
    found = re.search(r"scope='(\w+)'", decorator)
    return found[1] if found else "function"
