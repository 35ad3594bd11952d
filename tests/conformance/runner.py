"""
Hold an implementation of the API against the checks of this folder.

An implementation is a function ``handle(request) -> response``, or a server. The format of the
checks is in README.md beside this file.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode
from xml.etree import ElementTree

import yaml

import twreplay

CHECKS = Path(__file__).parent / "checks"
PROFILES = ("documented", "observed")

# The statuses in which the two profiles differ.
_STATUSES = {
    "created": {"documented": 200, "observed": 201},
    "released": {"documented": 200, "observed": 204},
}
_REPEATED = re.compile(r"\{x(\d+)\}")
_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")

Handle: TypeAlias = Callable[[twreplay.Request], twreplay.Response]


@dataclass
class Check:
    """One check, with its placeholders for ``each`` filled in."""

    section: str
    name: str
    data: dict[str, Any]

    @property
    def given(self) -> list[dict[str, Any]]:
        return self.data.get("given") or []

    @property
    def profiles(self) -> tuple[str, ...]:
        return tuple(self.data.get("profiles") or PROFILES)

    @property
    def is_arranged(self) -> bool:
        """True if its world takes more than requests."""
        return any("request" not in step for step in self.given)


@dataclass
class World:
    """
    A new implementation for one check.

    Attributes:
        handle: Answers a request.

        account: The Sid of the account.

        token: Its token.

        arrange: Calls a method such as ``add_call`` with its keywords; None if none can be called.

        known: The values of placeholders.
    """

    handle: Handle
    account: str
    token: str
    arrange: Callable[[str, Mapping[str, Any]], Mapping[str, str]] | None = None
    known: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What one check came to in one profile; *problem* is empty if it holds."""

    check: Check
    profile: str
    problem: str


def load_checks(folder: Path = CHECKS) -> Iterator[Check]:
    """Yield every check of *folder*, by section."""
    for file in sorted(folder.glob("*.yaml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for data in document["checks"]:
            yield from _expand(document["section"], data)


def _expand(section: str, data: dict[str, Any]) -> Iterator[Check]:
    each = data.get("each")
    if not each:
        yield Check(section, data["name"], data)
        return
    rows = (
        each
        if isinstance(each, list)
        else [dict(zip(each, values, strict=True)) for values in itertools.product(*each.values())]
    )
    for row in rows:
        filled = _fill({k: v for k, v in data.items() if k != "each"}, row)
        yield Check(section, filled["name"], filled)


def _fill(value: Any, known: Mapping[str, Any]) -> Any:
    """Fill placeholders in *value*; one that stands alone keeps its type."""
    if isinstance(value, dict):
        return {_fill(k, known): _fill(v, known) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(each, known) for each in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole and whole[1] in known:
        return known[whole[1]]
    value = _PLACEHOLDER.sub(lambda m: str(known.get(m[1], m[0])), value)
    return _REPEATED.sub(lambda m: "x" * int(m[1]), value)


def simulate(profile: str) -> World:
    """Return the simulator of this library as a world."""
    simulator = twreplay.Simulator(profile=profile, undocumented="ignore")

    def arrange(method: str, properties: Mapping[str, Any]) -> Mapping[str, str]:
        if method == "advance":
            simulator.clock.advance(seconds=float(properties["seconds"]))
            return {}
        made = getattr(simulator, method)(**properties)
        return {name: str(getattr(made, name)) for name in dir(made)} if made is not None else {}

    number = simulator.incoming_phone_numbers[0]
    known = {"number": number.Sid}
    return World(simulator.handle, simulator.account_sid, simulator.auth_token, arrange, known)


def serve_from(url: str, account: str, token: str, number: str) -> Callable[[str], World]:
    """Return worlds that are all the server at *url*: what one check leaves, the next one finds."""
    known = {"number": number} if number else {}
    import requests

    def handle(request: twreplay.Request) -> twreplay.Response:
        base = url.rstrip("/")
        path = request.url.partition("://")[2].partition("/")[2]
        answer = requests.request(
            request.method,
            f"{base}/{path}",
            headers=dict(request.headers.pairs),
            data=bytes(request.body),
            timeout=30,
            allow_redirects=False,
        )
        return twreplay.Response(answer.status_code, list(answer.headers.items()), answer.content)

    return lambda profile: World(handle, account, token, known=known)


def run(
    checks: Iterable[Check],
    make: Callable[[str], World] = simulate,
    profiles: Iterable[str] = PROFILES,
) -> Iterator[Result]:
    """
    Run *checks* in those of *profiles* that they are for; yield what each came to.

    What a world cannot be asked, as nothing can be arranged in it or its number is not known, is
    left out.
    """
    for check in checks:
        for profile in (each for each in profiles if each in check.profiles):
            world = make(profile)
            if check.is_arranged and world.arrange is None:
                continue
            if "{number}" in json.dumps(check.data) and "number" not in world.known:
                continue
            yield Result(check, profile, _find_problem(check, profile, world))


def _find_problem(check: Check, profile: str, world: World) -> str:
    known = {"account": world.account, "token": world.token, **world.known}
    for step in check.given:
        _take_step(_fill(step, known), world, known)
    response = _send(_fill(check.data["request"], known), world)
    expected = _fill(check.data["expect"], known)
    return "; ".join(_list_problems(expected, response, profile))


def _take_step(step: dict[str, Any], world: World, known: dict[str, str]) -> None:
    name = step.get("as", "")
    if "request" in step:
        response = _send(step["request"], world)
        values = _read_elements(response) if name else {}
    else:
        assert world.arrange is not None
        ((method, properties),) = ((k, v) for k, v in step.items() if k != "as")
        values = world.arrange(method, properties or {})
    if name:
        known |= {f"{name}.{key}": value for key, value in values.items()}


def _send(asked: Mapping[str, Any], world: World) -> twreplay.Response:
    headers = dict(asked.get("headers") or {})
    auth = asked.get("auth", [world.account, world.token])
    if auth:
        headers["Authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
    body = asked.get("body", "")
    if "form" in asked:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        body = urlencode(list((asked["form"] or {}).items()))
    path = asked.get("whole", f"/2008-08-01/Accounts/{world.account}{asked.get('path', '')}")
    url = f"https://api.twilio.com{path}"
    return world.handle(twreplay.Request(asked.get("method", "GET"), url, headers, body))


def _read_elements(response: twreplay.Response) -> dict[str, str]:
    (content,) = ElementTree.fromstring(bytes(response.body))
    return {child.tag: child.text or "" for child in content}


def _list_problems(
    expected: Mapping[str, Any], response: twreplay.Response, profile: str
) -> Iterator[str]:
    for key, wanted in expected.items():
        problem = _EXPECTATIONS[key](wanted, response, profile)
        if problem:
            yield f"{key}: {problem}"


def _differ(found: object, wanted: object) -> str:
    return "" if found == wanted else f"{found!r}, not {wanted!r}"


def _matches(text: str | None, wanted: object) -> str:
    """Compare *text*; a wanted text between slashes is a pattern for all of it."""
    pattern = str(wanted)
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
        held = text is not None and re.fullmatch(pattern[1:-1], text, re.DOTALL)
        return "" if held else f"{text!r} is not like {pattern}"
    return _differ(text, pattern)


def _check_status(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(response.status, _STATUSES.get(wanted, {}).get(profile, wanted))


def _check_headers(wanted: Any, response: twreplay.Response, profile: str) -> str:
    problems = (
        f"{name}: {found}"
        for name, value in wanted.items()
        if (found := _matches(response.headers.get(name), value))
    )
    return ", ".join(problems)


def _check_without_headers(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return ", ".join(name for name in wanted if name in response.headers)


def _parse(response: twreplay.Response) -> ElementTree.Element:
    (content,) = ElementTree.fromstring(bytes(response.body))
    return content


def _check_root(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(_parse(response).tag, wanted)


def _check_order(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(" ".join(child.tag for child in _parse(response)), wanted)


def _check_item_order(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(" ".join(child.tag for child in _parse(response)[0]), wanted)


def _check_elements(wanted: Any, response: twreplay.Response, profile: str) -> str:
    found = {child.tag: child.text or "" for child in _parse(response)}
    problems = (
        f"{name} {problem}"
        for name, value in wanted.items()
        if (problem := _matches(found.get(name), value))
    )
    return ", ".join(problems)


def _check_attributes(wanted: Any, response: twreplay.Response, profile: str) -> str:
    found = _parse(response).attrib
    problems = (
        f"{name} {problem}"
        for name, value in wanted.items()
        if (problem := _matches(found.get(name), value))
    )
    return ", ".join(problems)


def _check_attribute_order(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(" ".join(_parse(response).attrib), wanted)


def _check_values(wanted: Any, response: twreplay.Response, profile: str) -> str:
    """Compare one element of each item of a list, in order."""
    problems = []
    for name, values in wanted.items():
        found = [item.findtext(name) or "" for item in _parse(response)]
        problems.append(_differ(found, [str(value) for value in values]))
    return ", ".join(filter(None, problems))


def _check_refusal(wanted: Any, response: twreplay.Response, profile: str) -> str:
    """Compare a whole RestException: its status, message, and code with page, or neither."""
    content = _parse(response)
    code, message = wanted.get("code"), wanted.get("message")
    names = "Status Message" + (" Code MoreInfo" if code else "")
    found = {child.tag: child.text or "" for child in content}
    return ", ".join(
        filter(
            None,
            (
                _differ(content.tag, "RestException"),
                _differ(" ".join(found), names),
                _differ(found.get("Status"), str(response.status)),
                _differ(found.get("Code"), str(code) if code else None),
                _differ(
                    found.get("MoreInfo"),
                    f"http://www.twilio.com/docs/errors/{code}" if code else None,
                ),
                _matches(found.get("Message"), message) if message else "",
            ),
        )
    )


def _check_json(wanted: Any, response: twreplay.Response, profile: str) -> str:
    """Compare values in JSON, by dotted names; numbers are places in arrays."""
    document = json.loads(bytes(response.body))
    problems = []
    for path, value in wanted.items():
        found: Any = document
        for part in path.split("."):
            found = found[int(part)] if part.isdigit() else found.get(part)
        is_text = isinstance(found, str)
        problems.append(_matches(found, value) if is_text else _differ(found, value))
    return ", ".join(filter(None, problems))


def _check_contains(wanted: Any, response: twreplay.Response, profile: str) -> str:
    text, place = bytes(response.body).decode(), 0
    for piece in wanted:
        place = text.find(piece, place)
        if place < 0:
            return f"{piece!r} is not there, or not in this order: {text[:300]!r}"
    return ""


def _check_lacks(wanted: Any, response: twreplay.Response, profile: str) -> str:
    text = bytes(response.body).decode()
    return ", ".join(piece for piece in wanted if piece in text)


def _check_begins(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(bytes(response.body)[: len(wanted)].decode("latin-1"), wanted)


def _check_empty(wanted: Any, response: twreplay.Response, profile: str) -> str:
    return _differ(bytes(response.body) == b"", wanted)


_EXPECTATIONS: dict[str, Callable[[Any, twreplay.Response, str], str]] = {
    "status": _check_status,
    "headers": _check_headers,
    "without_headers": _check_without_headers,
    "root": _check_root,
    "order": _check_order,
    "item_order": _check_item_order,
    "elements": _check_elements,
    "attributes": _check_attributes,
    "attribute_order": _check_attribute_order,
    "values": _check_values,
    "refusal": _check_refusal,
    "json": _check_json,
    "contains": _check_contains,
    "lacks": _check_lacks,
    "begins": _check_begins,
    "empty": _check_empty,
}


def main() -> int:
    """Print the counts of each section; the exit status is 1 if a check fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a server to ask; by default the simulator is asked")
    parser.add_argument("--account", default="", help="with --url: the Sid of its account")
    parser.add_argument("--token", default="", help="with --url: its auth token")
    parser.add_argument("--number", default="", help="with --url: the Sid of 4158675309")
    parser.add_argument("--profile", choices=PROFILES, help="by default both")
    parser.add_argument("--section", help="such as a.9; by default all")
    options = parser.parse_args()
    make: Callable[[str], World] = simulate
    if options.url:
        make = serve_from(options.url, options.account, options.token, options.number)
    profiles = (options.profile,) if options.profile else PROFILES
    failed = total = 0
    for section, checks in itertools.groupby(load_checks(), lambda check: check.section):
        if options.section not in (None, section):
            continue
        results = list(run(checks, make, profiles))
        wrong = [result for result in results if result.problem]
        print(f"{section:<6} {len(results):>5} checks, {len(wrong)} failed")
        for result in wrong:
            print(f"       {result.check.name} ({result.profile}): {result.problem}")
        failed, total = failed + len(wrong), total + len(results)
    print(f"{'all':<6} {total:>5} checks, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
