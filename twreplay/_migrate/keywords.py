"""The keywords of vcrpy, each turned into ours, left out, or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import libcst as cst

from twreplay._address import API_HOST, API_ROOT
from twreplay._cassette import Redactor
from twreplay._explanation import SITE
from twreplay._http import Headers, Request
from twreplay._migrate.code import is_none, is_true, parse, quote, read_literal_texts, write_code
from twreplay._migrate.hooks import HookRefused, adapt_hook
from twreplay._migrate.notes import Note
from twreplay._migrate.plan import Change, apply_within
from twreplay._migrate.source import SourceFile
from twreplay._other_libraries import answer_keyword

_MODES = ("none", "once", "new_episodes", "all", "rewrite")
_MATCHERS = ("method", "uri", "scheme", "host", "port", "path", "query", "body")
_SYNONYMS = {"url": "uri", "raw_body": "body"}
# What is called `key` alone is taken out only if it looks drawn by lot; what is drawn by lot may be
# taken out whatever it is called.
_DRAWN: Final = "9f86d081884c7d659a2feaa0c55ad015"
_PLAIN: Final = "Tuesday"
_BARE = frozenset({"key", "signature", "sig"})

# Headers that tell nothing about anybody.
_PLAIN_HEADERS = frozenset(
    {
        *("user-agent", "accept", "accept-encoding", "accept-language", "connection", "date"),
        *("content-length", "content-type", "host", "server", "etag", "vary", "cache-control"),
    }
)

_AS_BEFORE = (("match_on", parse('("method", "uri")')), ("allow_unused", parse("True")))
"""What vcrpy compares and allows by default."""

Given = Sequence[tuple[str, cst.BaseExpression]]


@dataclass
class Converted:
    """
    Keywords as twreplay has them.

    Attributes:
        kept: Names and values.

        folder: The ``cassette_library_dir``, if there is one.

        suffix: What the ``path_transformer`` adds to names that do not end so.

        injects: A decorated function gets the cassette as its first argument.

        edits: Changes elsewhere in the file, of functions that are handed over.

        refusals: Why it cannot be done.

        remarks: What is otherwise than before.
    """

    kept: dict[str, cst.BaseExpression] = field(default_factory=dict)
    folder: cst.BaseExpression | None = None
    suffix: str = ""
    injects: bool = False
    edits: list[tuple[cst.CSTNode, Change]] = field(default_factory=list)
    refusals: list[Note] = field(default_factory=list)
    remarks: list[Note] = field(default_factory=list)

    def write(self) -> list[str]:
        """Return the keywords as source code."""
        return [f"{name}={write_code(value)}" for name, value in self.kept.items()]


class KeywordConverter:
    """
    Turns the keywords of one configuration, call, mark or fixture into ours.

    Args:
        file: Where they stand.

        matchers: Matchers that were registered, by name.

        as_before: Keep what vcrpy compares and allows by default.
    """

    def __init__(
        self,
        file: SourceFile,
        matchers: Mapping[str, cst.BaseExpression] | None = None,
        *,
        as_before: bool = False,
    ) -> None:
        self._file = file
        self._matchers = matchers or {}
        self._as_before = as_before
        self._ignored: list[str] = []
        self._result = Converted()

    def convert(self, given: Given, *, is_whole: bool = True) -> Converted:
        """
        Convert *given*, names and values.

        Args:
            is_whole: Nothing else configures the session, so that what is not given has the
                default of vcrpy.
        """
        for name, value in given:
            if name in _DROPPED or is_none(value):
                continue
            handle = _HANDLERS.get(name)
            if handle is None:
                self._refuse_or_drop(name, value)
            else:
                handle(self, name, value)
        if self._ignored:
            texts = [quote(name) for name in dict.fromkeys(self._ignored)]
            comma = "," if len(texts) == 1 else ""
            self._result.kept["ignore"] = parse(f"({', '.join(texts)}{comma})")
        if self._as_before and is_whole:
            for name, value in _AS_BEFORE:
                self._result.kept.setdefault(name, value)
        return self._result

    def _refuse(self, name: str, value: cst.BaseExpression, why: str, to_do: str) -> None:
        what = f"{name}={self._file.show(value)}"
        self._result.refusals.append(self._file.note(value, why, to_do, what=what))

    def _remark(self, name: str, value: cst.BaseExpression, why: str, to_do: str = "") -> None:
        what = f"{name}={self._file.show(value)}"
        self._result.remarks.append(self._file.remark(value, why, to_do, what=what))

    def _refuse_or_drop(self, name: str, value: cst.BaseExpression) -> None:
        answer = answer_keyword(name)
        if answer:
            self._refuse(name, value, f"twreplay has no {name}", answer)
        else:
            self._remark(name, value, "left out: neither library has such a keyword")

    # --- one for each keyword that is more than dropped -------------------------------------------

    def _keep(self, name: str, value: cst.BaseExpression) -> None:
        self._result.kept[name] = value

    def _convert_mode(self, name: str, value: cst.BaseExpression) -> None:
        full = self._file.resolve(value)
        if full.startswith("vcr."):
            mode = full.rpartition(".")[2].lower()
        elif isinstance(value, cst.SimpleString):
            mode = str(value.evaluated_value)
        else:
            self._result.kept[name] = value
            return
        if mode not in _MODES:
            self._refuse(
                name, value, f"twreplay has no mode {mode!r}", f"one of {', '.join(_MODES)}"
            )
            return
        self._result.kept[name] = parse(quote(mode))

    def _convert_match_on(self, name: str, value: cst.BaseExpression) -> None:
        names = read_literal_texts(value)
        if names is None:
            to_do = "names of parts (method, uri, path, query, body, ...) and functions, literally"
            self._refuse(name, value, "which parts these are cannot be read off", to_do)
            return
        parts = []
        for given in names:
            part = _SYNONYMS.get(given, given)
            if part in _MATCHERS:
                parts.append(quote(part))
            elif part in self._matchers:
                parts += [own for own in [self._adapt(name, self._matchers[part], count=2)] if own]
            else:
                to_do = "the function that compares, imported, in its place: "
                to_do += f"{SITE}/matching/#matchers-of-your-own"
                self._refuse(name, value, f"{part!r} is no part of a request", to_do)
        parts = list(dict.fromkeys(parts))
        comma = "," if len(parts) == 1 else ""
        self._result.kept["match_on"] = parse(f"({', '.join(parts)}{comma})")

    def _convert_additional(self, name: str, value: cst.BaseExpression) -> None:
        names = read_literal_texts(value)
        if names is None or not {_SYNONYMS.get(each, each) for each in names} <= {*_MATCHERS}:
            self._refuse(name, value, "these are no parts of a request", "match_on=(...)")
        elif self._as_before:
            parts = ["method", "uri", *(_SYNONYMS.get(each, each) for each in names)]
            texts = ", ".join(map(quote, dict.fromkeys(parts)))
            self._result.kept["match_on"] = parse(f"({texts})")

    def _convert_fields(self, name: str, value: cst.BaseExpression) -> None:
        part = "query" if name == "filter_query_parameters" else "form"
        fields = read_literal_texts(value)
        if fields is None:
            to_do = f'ignore=("{part}.Name",) for what is not compared; secrets go by themselves'
            self._refuse(name, value, "which fields these are cannot be read off", to_do)
            return
        others = [field for field in fields if not is_taken_out(part, field)]
        self._ignored += [f"{part}.{field}" for field in others]
        if others:
            why = f"{', '.join(others)}: not compared, as before, but written to new recordings"
            self._remark(name, value, why, "before_record_request=, if it must not be written")

    def _convert_headers(self, name: str, value: cst.BaseExpression) -> None:
        headers = read_literal_texts(value)
        if headers is None:
            others = ["headers that are no credentials"]
        else:
            plain = [each for each in headers if each.lower() not in _PLAIN_HEADERS]
            others = [each for each in plain if not is_taken_out("header", each)]
        if others:
            why = f"{', '.join(others)}: written to new recordings, and not compared"
            self._remark(name, value, why, "before_record_request=, if it must not be written")

    def _convert_ignored_hosts(self, name: str, value: cst.BaseExpression) -> None:
        hosts = read_literal_texts(value)
        if hosts is not None and API_HOST in hosts:
            self._refuse(name, value, "it lets the API itself pass", "no session at all")

    def _convert_hook(self, name: str, value: cst.BaseExpression) -> None:
        own = "before_record_request" if name == "before_record" else name
        items = value.elements if isinstance(value, cst.List | cst.Tuple) else None
        hooks = [value] if items is None else [element.value for element in items]
        texts = [text for hook in hooks if (text := self._adapt(name, hook, count=1))]
        if texts:
            many = f"({', '.join(texts)},)"
            self._result.kept[own] = parse(texts[0] if items is None else many)

    def _adapt(self, name: str, function: cst.BaseExpression, *, count: int) -> str:
        """
        Return a function of vcrpy's requests or responses as one of ours, as source code.

        It is empty if the function cannot be kept. What it does to responses and to headers counts
        for recordings only: replaying does without it.
        """
        of_response = name == "before_record_response"
        try:
            edits = adapt_hook(self._file, function, count=count, of_response=of_response)
        except HookRefused as refused:
            what = f"{name}={self._file.show(function)}"
            to_do = _OF_RESPONSE if of_response else _OF_REQUEST
            if not of_response and not refused.may_go:
                place = refused.place or function
                note = self._file.note(place, str(refused), to_do, what=what)
                self._result.refusals.append(note)
                return write_code(function)
            why = f"left out, as replaying does without it: {refused}"
            to_do = f"if you record: {to_do}; credentials are taken out without it"
            self._result.remarks.append(self._file.note(function, why, to_do, what=what))
            return ""
        if isinstance(function, cst.Lambda):
            return write_code(apply_within(function, edits))
        self._result.edits += edits
        return write_code(function)

    def _convert_serializer(self, name: str, value: cst.BaseExpression) -> None:
        kinds = read_literal_texts(value)
        if kinds is None or kinds[0] not in ("yaml", "json"):
            to_do = "no serializer: the name of the file decides between YAML and JSON"
            self._refuse(name, value, "twreplay writes YAML and JSON", to_do)

    def _convert_folder(self, name: str, value: cst.BaseExpression) -> None:
        self._result.folder = value

    def _convert_transformer(self, name: str, value: cst.BaseExpression) -> None:
        if isinstance(value, cst.Call) and self._file.resolve(value.func).endswith(
            "VCR.ensure_suffix"
        ):
            texts = read_literal_texts(value.args[0].value) if len(value.args) == 1 else None
            if texts is not None:
                self._result.suffix = texts[0]
                return
        to_do = answer_keyword(name)
        self._refuse(name, value, "how it changes paths cannot be read off", to_do)

    def _convert_injection(self, name: str, value: cst.BaseExpression) -> None:
        self._result.injects = is_true(value)

    def _drop_with_remark(self, name: str, value: cst.BaseExpression) -> None:
        self._remark(name, value, "is left out", answer_keyword(name))

    def _drop_unused(self, name: str, value: cst.BaseExpression) -> None:
        if is_true(value):
            self._drop_with_remark(name, value)


_OF_RESPONSE = "a function of a twreplay.Response, or of one and its request"
_OF_REQUEST = (
    "a function of a twreplay.Request, which does not change: dataclasses.replace(request, ...)"
)

_DROPPED = frozenset(
    {
        *("decode_compressed_response", "record_on_exception", "ignore_localhost"),
        "filter_nested_post_data_parameters",
    }
)
"""What twreplay does always, or has no need of."""

_HANDLERS: Final[Mapping[str, Callable[[KeywordConverter, str, cst.BaseExpression], None]]] = {
    "record_mode": KeywordConverter._convert_mode,
    "match_on": KeywordConverter._convert_match_on,
    "additional_matchers": KeywordConverter._convert_additional,
    "allow_playback_repeats": KeywordConverter._keep,
    "filter_headers": KeywordConverter._convert_headers,
    "filter_query_parameters": KeywordConverter._convert_fields,
    "filter_post_data_parameters": KeywordConverter._convert_fields,
    "filter_sensitive_data": KeywordConverter._drop_with_remark,
    "ignore_hosts": KeywordConverter._convert_ignored_hosts,
    "before_record_request": KeywordConverter._convert_hook,
    "before_record": KeywordConverter._convert_hook,
    "before_record_response": KeywordConverter._convert_hook,
    "serializer": KeywordConverter._convert_serializer,
    "cassette_library_dir": KeywordConverter._convert_folder,
    "path_transformer": KeywordConverter._convert_transformer,
    "inject_cassette": KeywordConverter._convert_injection,
    "custom_patches": KeywordConverter._drop_with_remark,
    "skip_patchers": KeywordConverter._drop_with_remark,
    "drop_unused_requests": KeywordConverter._drop_unused,
    "allowed_hosts": KeywordConverter._drop_with_remark,
}


@cache
def is_taken_out(part: str, name: str) -> bool:
    """
    Return whether a value called *name* never reaches a cassette.

    Args:
        part: ``header``, ``query`` or ``form``.
    """
    url = f"https://{API_HOST}{API_ROOT}/Accounts"
    value = _DRAWN if name.lower() in _BARE else _PLAIN
    try:
        if part == "query":
            request = Request("GET", f"{url}?{name}={value}")
        elif part == "form":
            request = Request("POST", url, body=f"{name}={value}")
        else:
            request = Request("GET", url, Headers([(name, value)]))
    except ValueError:
        return False
    clean = Redactor().request(request)
    header = clean.headers.get(name, "") if part == "header" else ""
    return value not in f"{clean.url} {clean.body!r} {header}"
