"""Stubs of responses, one call each, as rules of a simulator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import libcst as cst
import libcst.matchers as m

from twreplay._migrate.code import (
    format_call,
    has_stars,
    is_none,
    parse,
    quote,
    read_arguments,
    read_literal_texts,
    write_code,
)
from twreplay._migrate.notes import Note
from twreplay._migrate.plan import Change
from twreplay._migrate.project import Project
from twreplay._migrate.responses_values import CONSTANTS, METHODS
from twreplay._migrate.source import SourceFile
from twreplay._migrate.urls import Target, read_target
from twreplay._migrate.values import Values

_FAILURE = re.compile(r"(Error|Exception|Timeout|Refused|Reset|Interrupt)$")
_WITHOUT_BODY = ("204", "205", "304")
_SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "add": ("method", "url", "body", "adding_headers"),
    "upsert": ("method", "url", "body", "adding_headers"),
    "add_callback": ("method", "url", "callback", "match_querystring", "content_type"),
    "assert_call_count": ("url", "count"),
    "add_passthru": ("prefix",),
    **dict.fromkeys(METHODS, ("url", "body", "adding_headers")),
}
_CLASSES = {
    "responses.Response": (
        *("method", "url", "body", "json", "status", "headers", "stream", "content_type"),
    ),
    "responses.CallbackResponse": ("method", "url", "callback", "stream", "content_type"),
}
_MEANINGLESS = frozenset({"stream", "auto_calculate_content_length"})
_ANSWERS = frozenset({"body", "json", "status", "headers", "adding_headers", "content_type"})
_CONDITIONS = frozenset({"method", "url", "match", "match_querystring", "callback"})
_MATCHERS = {
    "urlencoded_params_matcher": "form",
    "query_param_matcher": "query",
    "header_matcher": "headers",
}


@dataclass(eq=False)
class Stub:
    """
    One call on a mock.

    Attributes:
        call: The call.

        target: What its address means.

        is_answer: It registers an answer; others count requests, or let them pass.

        times: How often the answer is given before the next one; None for good.

        raises: Its answer is an exception.

        callback: The function that answers.

        named: The assignment of a ``responses.Response`` that is added by its name, and the name.

        tells_type: Something in the file reads content types, so that the default counts.

        problem: Why it has no counterpart.

        remarks: What is otherwise than before.
    """

    file: SourceFile
    call: cst.Call
    name: str
    target: Target
    method: str = ""
    given: dict[str, cst.BaseExpression] = field(default_factory=dict)
    conditions: list[str] = field(default_factory=list)
    is_answer: bool = True
    times: int | None = None
    raises: bool = False
    callback: cst.BaseExpression | None = None
    named: tuple[cst.SimpleStatementLine, cst.Name] | None = None
    tells_type: bool = False
    problem: Note | None = None
    remarks: list[Note] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str]:
        """What two stubs have in common of which the first answers first."""
        return (self.method, self.target.key, "")

    @property
    def has_holes(self) -> bool:
        """True if its address holds what is only known when the test runs."""
        return self.target.path.startswith("f")

    def changes(self) -> list[tuple[cst.CSTNode, Change]]:
        """Return the edits that make a rule of the stub."""
        if self.name == "add_passthru":
            statement = self.file.parent(self.file.parent(self.call) or self.call)
            if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
                return [(statement, lambda old: cst.RemoveFromParent())]
            return []
        if self.name == "assert_call_count":
            return self._change_count()
        if self.named is None:
            return [(self.call, self._build_rule)]
        line, name = self.named
        statement = self.file.parent(self.call)
        assert isinstance(statement, cst.Expr)
        return [
            (line, lambda old: cst.RemoveFromParent()),
            (
                statement,
                lambda old: cst.Assign(
                    [cst.AssignTarget(cst.Name(name.value))], self._build_rule(old.value)
                ),
            ),
        ]

    def _change_count(self) -> list[tuple[cst.CSTNode, Change]]:
        file, node = self.file, self.call
        asserted: cst.CSTNode = node
        parent = file.parent(node)
        if isinstance(parent, cst.Comparison):
            asserted, parent = parent, file.parent(parent)
        count = write_code(self.given["count"])
        where = f"path={self.target.path}"
        if self.target.query:
            where += f", query={_write_texts(self.target.query)}"
        name = "assert_not_requested" if count == "0" else "assert_requested"
        times = "" if count == "0" else f", times={count}"

        def count_them(updated: cst.BaseExpression) -> cst.BaseExpression:
            return parse(f"{_find_mock(updated)}.{name}({where}{times})")

        if isinstance(parent, cst.Assert):
            return [(parent, lambda old: cst.Expr(count_them(old.test)))]
        return [(asserted, count_them)]

    def _build_rule(self, updated: cst.Call) -> cst.BaseExpression:
        assert isinstance(updated.func, cst.Attribute)
        mock = write_code(updated.func.value)
        conditions = [self.method, self.target.path]
        if self.times is not None:
            conditions.append(f"times={self.times}")
        given = dict(self.target.query)
        own = [each for each in self.conditions if not each.startswith("query=")]
        queries = [each for each in self.conditions if each.startswith("query=")]
        if given and not queries:
            own.append(f"query={_write_texts(given)}")
        elif given:
            own.append(f"query={{**{_write_texts(given)}, **{queries[0].removeprefix('query=')}}}")
        else:
            own += queries
        rule = f"{mock}.when({', '.join([*conditions, *own])})"
        if self.callback is not None:
            code = write_code(self.callback)
            code = f"({code})" if isinstance(self.callback, cst.Lambda) else code
            return parse(f"{rule}(lambda request: twreplay.Response(*{code}(request)))")
        if self.raises:
            return parse(f"{rule}.raises({write_code(self.given['body'])})")
        column = self.file.column(self.call)
        return parse(format_call(f"{rule}.respond", self._write_answer(), column=column))

    def _write_answer(self) -> list[str]:
        given = self.given
        status = write_code(given["status"]) if "status" in given else "200"
        arguments = [status]
        if "json" in given:
            arguments.append(f"json={write_code(given['json'])}")
        elif "body" in given:
            arguments.append(f"body={write_code(given['body'])}")
        elif status not in _WITHOUT_BODY:
            arguments.append('body=""')
        headers = self._write_headers()
        if headers:
            arguments.append(f"headers={headers}")
        return arguments

    def _write_headers(self) -> str:
        parts = []
        for name in ("headers", "adding_headers"):
            if name not in self.given:
                continue
            value = self.given[name]
            code = write_code(value)
            parts.append(f"dict({code})" if isinstance(value, cst.List) else code)
        if "content_type" in self.given:
            parts.insert(0, f'{{"Content-Type": {write_code(self.given["content_type"])}}}')
        elif self.tells_type and "json" not in self.given:
            body = self.given.get("body")
            text = body.evaluated_value if isinstance(body, cst.SimpleString) else ""
            charset = "; charset=utf-8" if isinstance(text, str) and not text.isascii() else ""
            parts.insert(0, f'{{"Content-Type": "text/plain{charset}"}}')
        if len(parts) < 2:
            return "".join(parts)
        return (
            "{"
            + ", ".join(
                part[1:-1] if part.startswith("{") and "\n" not in part else f"**{part}"
                for part in parts
            )
            + "}"
        )


class StubReader:
    """Reads the stubs of one file."""

    def __init__(self, project: Project, file: SourceFile, values: Values | None = None) -> None:
        self._project = project
        self._file = file
        self._opened = {
            file.resolve_local(item.asname.name)
            for item in file.find(cst.WithItem)
            if item.asname is not None
        }
        self._reads_types = any(
            self._reads_type(node, values) for node in file.find(cst.SimpleString)
        )

    def _reads_type(self, node: cst.SimpleString, values: Values | None) -> bool:
        """Return whether *node* has a test look at the content type of an answer."""
        text = str(node.evaluated_value).lower()
        around = list(self._file.chain(node))[:3]
        if text == "text/plain":
            in_stub = m.Arg(keyword=m.Name("content_type"))
            return not any(m.matches(each, in_stub | m.DictElement()) for each in around)
        if text != "content-type":
            return False
        subscript = next((each for each in around if isinstance(each, cst.Subscript)), None)
        if subscript is not None:
            return values is None or not values.kind(subscript.value)
        call = next((each for each in around if isinstance(each, cst.Call)), None)
        return call is not None and m.matches(call.func, m.Attribute(attr=m.Name("get")))

    def read(self, call: cst.Call) -> Stub:
        """Read *call*, a call of a member of a mock."""
        assert isinstance(call.func, cst.Attribute)
        name = call.func.attr.value
        positional, named = read_arguments(call)
        values = dict(zip(_SIGNATURES[name], [arg.value for arg in positional], strict=False))
        values |= {key: arg.value for key, arg in named.items()}
        if name in METHODS:
            values["method"] = parse(f'"{name.upper()}"')
        inner = values.get("method")
        assigned = None
        if isinstance(inner, cst.Name) and len(call.args) == 1:
            assigned = self.find_named(call)
            inner = self._file.value_of(inner)
        if name in ("add", "upsert") and isinstance(inner, cst.Call):
            found = self._file.resolve(inner.func)
            if found in _CLASSES:
                positional, named = read_arguments(inner)
                values = dict(zip(_CLASSES[found], [arg.value for arg in positional], strict=False))
                values |= {key: arg.value for key, arg in named.items()}
        stub = Stub(self._file, call, name, self._read_target(values), given=values, named=assigned)
        if name == "add_callback" and not isinstance(self._file.parent(call), cst.Expr):
            self._refuse(stub, call, "what add_callback returns is used", _BY_HAND)
        is_odd = has_stars(call.args) or len(positional) > len(_SIGNATURES[name]) + 4
        if is_odd or ("url" not in values and "prefix" not in values):
            self._refuse(stub, call, "its arguments cannot be read off", _BY_HAND)
            return stub
        stub.is_answer = name not in ("assert_call_count", "add_passthru")
        if name == "upsert":
            self._refuse(stub, call, "a rule is not replaced", "a newer rule, which is asked first")
        if name == "add_passthru" and not stub.target.host:
            self._refuse(stub, call, "it lets requests to the API pass", "no session at all")
        if stub.is_answer:
            self._read_answer(stub)
        return stub

    def find_named(self, call: cst.Call) -> tuple[cst.SimpleStatementLine, cst.Name] | None:
        """Return the assignment of a ``responses.Response`` that *call* adds by its name."""
        name = call.args[0].value if len(call.args) == 1 else None
        if not isinstance(name, cst.Name) or not isinstance(self._file.parent(call), cst.Expr):
            return None
        value = self._file.value_of(name)
        if not isinstance(value, cst.Call) or self._file.resolve(value.func) not in _CLASSES:
            return None
        assignment = self._file.parent(value)
        line = self._file.parent(assignment) if isinstance(assignment, cst.Assign) else None
        return (line, name) if isinstance(line, cst.SimpleStatementLine) else None

    def _refuse(self, stub: Stub, node: cst.CSTNode, why: str, to_do: str) -> None:
        if stub.problem is None:
            stub.problem = self._file.note(node, why, to_do)

    def _read_target(self, values: Mapping[str, cst.BaseExpression]) -> Target:
        url = values.get("url", values.get("prefix"))
        if url is None:
            return Target(is_known=False)
        if isinstance(url, cst.Call) and self._file.resolve(url.func) == "re.compile" and url.args:
            text = self._project.read_text(self._file, url.args[0].value)
            plain = tuple(p.replace("\\", "") if isinstance(p, str) else p for p in text or ())
            target = read_target(plain)
            return Target(host=target.host, is_known=bool(target.host))
        return read_target(self._project.read_text(self._file, url))

    def _read_answer(self, stub: Stub) -> None:
        given = stub.given
        method = given.get("method")
        stub.method = _read_method(self._file, method) if method is not None else ""
        if not stub.method:
            self._refuse(stub, stub.call, "its method cannot be read off", _BY_HAND)
        stub.callback = given.get("callback")
        stub.tells_type = self._reads_types
        self._check_values(stub)
        known = (
            _ANSWERS | _MEANINGLESS | {"method", "url", "match", "match_querystring", "callback"}
        )
        for name in given.keys() - known:
            self._refuse(stub, given[name], f"a rule has nothing like {name}", "")
        querying = given.get("match_querystring")
        if querying is not None and m.matches(querying, m.Name("False")):
            stub.target.query.clear()
        if "match" in given:
            self._read_matchers(stub, given["match"])

    def _check_values(self, stub: Stub) -> None:
        """Refuse what a rule cannot answer."""
        given = stub.given
        body = given.get("body")
        if body is not None and "json" not in given:
            stub.raises = self._is_failure(body)
            if self._is_file(body):
                self._refuse(stub, body, "a rule takes no open file", "Path(...).read_bytes()")
        for name in ("json", "content_type"):
            if name in given and is_none(given[name]):
                self._refuse(stub, given[name], f"an answer without {name} cannot be given", "")
        status = given.get("status")
        if isinstance(status, cst.Integer) and status.evaluated_value not in range(200, 600):
            self._refuse(stub, status, "a status is from 200 to 599", "")
        headers = given.get("headers", given.get("adding_headers"))
        for node in self._file.find_in(headers, cst.SimpleString) if headers is not None else ():
            if str(node.evaluated_value).lower() == "content-length":
                to_do = "twreplay.faults.TruncatedBody, for a body that is cut off"
                self._refuse(stub, node, "the length is that of the body", to_do)

    def _is_file(self, body: cst.BaseExpression) -> bool:
        value = self._file.value_of(body) if isinstance(body, cst.Name) else None
        node = value if value is not None else body
        if isinstance(node, cst.Call):
            name = self._file.resolve(node.func) or self._file.show(node.func)
            return name in ("open", "io.BytesIO", "io.StringIO", "io.BufferedReader")
        return isinstance(body, cst.Name) and self._file.resolve_local(body) in self._opened

    def _is_failure(self, body: cst.BaseExpression) -> bool:
        value = self._file.value_of(body) if isinstance(body, cst.Name | cst.Attribute) else None
        node = value if value is not None else body
        if not isinstance(node, cst.Call):
            return False
        name = self._file.resolve(node.func) or self._file.show(node.func)
        return _FAILURE.search(name) is not None

    def _read_matchers(self, stub: Stub, given: cst.BaseExpression) -> None:
        if not isinstance(given, cst.List | cst.Tuple):
            self._refuse(stub, given, "its matchers cannot be read off", _BY_HAND)
            return
        for element in given.elements:
            self._read_matcher(stub, element.value)

    def _read_matcher(self, stub: Stub, matcher: cst.BaseExpression) -> None:
        name = self._file.resolve(matcher.func) if isinstance(matcher, cst.Call) else ""
        last = name.rpartition(".")[2]
        if not isinstance(matcher, cst.Call) or not matcher.args:
            self._refuse(stub, matcher, "a matcher of one's own", _WHERE)
            return
        value = matcher.args[0].value
        if last in _MATCHERS and matcher.args[0].keyword is None:
            stub.conditions.append(f"{_MATCHERS[last]}={write_code(value)}")
            _, named = read_arguments(matcher)
            if named.keys() - {"strict_match"}:
                self._refuse(stub, matcher, f"{last} with more than fields", _WHERE)
                return
            strict = named.get("strict_match")
            is_strict = (
                last != "header_matcher" if strict is None else write_code(strict.value) != "False"
            )
            if is_strict:
                why = "it holds for requests that have more than these, too"
                stub.remarks.append(
                    self._file.remark(matcher, why, "twreplay.ABSENT for what must not be there")
                )
            return
        if last == "query_string_matcher" and (texts := read_literal_texts(value)) is not None:
            pairs = dict(parse_qsl(texts[0].lstrip("?"), keep_blank_values=True))
            stub.conditions.append(f"query={_write_texts(pairs)}")
            return
        self._refuse(stub, matcher, f"a rule has no condition like {last or 'this'}", _WHERE)


_BY_HAND = "a rule: twilio.when(method, path).respond(status, body=...)"
_WHERE = "where=, a function of the whole twreplay.Request"


def _read_method(file: SourceFile, node: cst.BaseExpression) -> str:
    """Return a method as source code; empty if it is none."""
    name = file.resolve(node).rpartition(".")[2] or (
        node.attr.value if isinstance(node, cst.Attribute) else ""
    )
    if name in CONSTANTS:
        return quote(name)
    if isinstance(node, cst.SimpleString):
        return quote(str(node.evaluated_value).upper())
    return write_code(node) if isinstance(node, cst.Name) else ""


def _write_texts(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quote(name)}: {quote(value)}" for name, value in pairs.items()) + "}"


def _find_mock(node: cst.BaseExpression) -> str:
    """Return the mock that an asserted count is of, as source code."""
    call = node.left if isinstance(node, cst.Comparison) else node
    assert isinstance(call, cst.Call)
    assert isinstance(call.func, cst.Attribute)
    return write_code(call.func.value)
