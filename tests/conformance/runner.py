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

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The statuses in which the two profiles differ.
_STATUSES = {
    "created": {"documented": 200, "observed": 201},
    "released": {"documented": 200, "observed": 204},
}
_REPEATED = re.compile(r"\{x(\d+)\}")
_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")

Handle: TypeAlias = Callable[[twreplay.Request], twreplay.Response]

SUBJECTS = ("request", "webhook", "twiml", "sign", "heard")
"""What a check can be about; the first that it has decides."""


@dataclass(frozen=True)
class Application:
    """
    What an implementation of both directions can do for a check.

    Attributes:
        attach: Attaches an application that answers as said, by path.

        act: Lets the person at a telephone number do something, by names of README.md.

        list_webhooks: Returns the requests that the application got.

        list_heard: Returns what the person at a number heard, in order.

        check_twiml: Returns the codes of what is wrong with a document of a kind.

        sign: Returns the signature of a URL and a form with a token.
    """

    attach: Callable[[Mapping[str, Any]], None]
    act: Callable[[str, list[Any]], None]
    list_webhooks: Callable[[], list[twreplay.Request]]
    list_heard: Callable[[str], list[str]]
    check_twiml: Callable[[str, str], list[int]]
    sign: Callable[[str, Mapping[str, str], str], str]


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

    @property
    def is_of_both_directions(self) -> bool:
        """True if it takes an implementation that makes requests, too."""
        own = ("application", "phone")
        return "request" not in self.data or any(
            name in step for step in self.given for name in own
        )

    @property
    def is_outside(self) -> bool:
        """True if it asks for no path of the version, which a server may refuse in its own way."""
        return bool(self.data.get("outside"))

    @property
    def needs_fresh_world(self) -> bool:
        """True if what other checks left would change the answer."""
        return bool(self.data.get("fresh"))


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

        application: What it does in the other direction; None if it only answers.

        is_fresh: False if another check was asked in it before.
    """

    handle: Handle
    account: str
    token: str
    arrange: Callable[[str, Mapping[str, Any]], Mapping[str, str]] | None = None
    known: dict[str, str] = field(default_factory=dict)
    application: Application | None = None
    is_fresh: bool = True


@dataclass
class Result:
    """What one check came to in one profile; *problem* is empty if it holds."""

    check: Check
    profile: str
    problem: str


def load_checks(folder: Path = CHECKS) -> Iterator[Check]:
    """Yield every check of *folder*, by section."""
    for file in sorted(folder.glob("*.yaml")):
        document = yaml.load(file.read_text(encoding="utf-8"), _Loader)
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
    application = _apply(simulator)
    sid, token = simulator.auth
    return World(simulator.handle, sid, token, arrange, known, application)


def _apply(simulator: twreplay.Simulator) -> Application:
    def attach(answers: Mapping[str, Any]) -> None:
        # The answers of one path come one after the other; the last one stays.
        left = {
            path: given if isinstance(given, list) else [given] for path, given in answers.items()
        }

        def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
            here = left.get(environ["PATH_INFO"], [""])
            given = here.pop(0) if len(here) > 1 else here[0]
            answer = given if isinstance(given, dict) else {"body": given}
            body = answer["body"]
            if not answer.get("is_whole"):
                body = f"<Response>{body}</Response>"
            headers = {"Content-Type": "text/xml", **answer.get("headers", {})}
            start(f"{answer.get('status', 200)} Answer", list(headers.items()))
            return [body.encode()]

        simulator.attach(application)

    def act(number: str, acts: list[Any]) -> None:
        phone = simulator.phone(number)
        call: Any = phone.call
        for one in acts:
            ((name, args),) = one.items() if isinstance(one, dict) else ((one, []),)
            args = args if isinstance(args, list) else [args]
            target = call if call is not None and hasattr(call, name) else phone
            done = getattr(target, name)(*args)
            call = done if name in ("dial", "pick_up") else call

    def list_webhooks() -> list[twreplay.Request]:
        made: list[twreplay.Request] = []
        for hook in simulator.webhooks:
            failed = hook.after_failure.exchanges if hook.after_failure is not None else ()
            made += [each.request for each in (*failed, *hook.exchanges)]
        return made

    def list_heard(number: str) -> list[str]:
        phone = simulator.phone(number)
        told = [sound.text or sound.url for call in phone.calls for sound in call.heard]
        return [text for text in told if text]

    def check(text: str, kind: str) -> list[int]:
        return [finding.code for finding in twreplay.check_twiml(text, kind=kind)]

    return Application(attach, act, list_webhooks, list_heard, check, twreplay.sign)


def serve_from(
    url: str, account: str, token: str, number: str, reset: str = ""
) -> Callable[[str], World]:
    """
    Return worlds that are all the server at *url*.

    Args:
        reset: The path of a POST that restores the server's first state; without one, what a check
            leaves, the next one finds.
    """
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

    def make(profile: str) -> World:
        if reset:
            to = f"{url.rstrip('/')}/{reset.lstrip('/')}"
            requests.post(to, json={}, timeout=30).raise_for_status()
        world = World(handle, account, token, known=dict(known), is_fresh=bool(reset) or not asked)
        asked.append(profile)
        return world

    asked: list[str] = []
    return make


def run(
    checks: Iterable[Check],
    make: Callable[[str], World] = simulate,
    profiles: Iterable[str] = PROFILES,
) -> Iterator[Result]:
    """
    Run *checks* in those of *profiles* that they are for; yield what each came to.

    What a world cannot be asked is left out: nothing can be arranged in it, its number is not
    known, it makes no requests, or it is not a fresh one and the check takes one.
    """
    for check in checks:
        for profile in (each for each in profiles if each in check.profiles):
            world = make(profile)
            if _can_be_asked(check, world):
                yield Result(check, profile, _find_problem(check, profile, world))


def _can_be_asked(check: Check, world: World) -> bool:
    if check.is_of_both_directions and world.application is None:
        return False
    if check.is_arranged and world.arrange is None:
        return False
    if check.is_outside and world.application is None:
        return False
    if check.needs_fresh_world and not world.is_fresh:
        return False
    return "{number}" not in json.dumps(check.data) or "number" in world.known


def _find_problem(check: Check, profile: str, world: World) -> str:
    known = {"account": world.account, "token": world.token, **world.known}
    for step in check.given:
        _take_step(_fill(step, known), world, known)
    name = next(name for name in SUBJECTS if name in check.data)
    expected = _fill(check.data["expect"], known)
    subject = _SUBJECTS[name](_fill(check.data[name], known), check, world)
    return "; ".join(_list_problems(expected, subject, profile))


def _find_webhook(wanted: Any, check: Check, world: World) -> Any:
    """Return one request that the application got, by its place from 0 on, or all of them."""
    assert world.application is not None
    all_of_them = world.application.list_webhooks()
    if wanted == "all":
        return all_of_them
    return all_of_them[wanted] if wanted < len(all_of_them) else None


def _check_document(wanted: str, check: Check, world: World) -> list[int]:
    assert world.application is not None
    is_whole = (
        wanted.lstrip().startswith("<?") or "<Response" in wanted or check.data.get("is_whole")
    )
    text = wanted if is_whole else f"<Response>{wanted}</Response>"
    return world.application.check_twiml(text, check.data.get("kind", "voice"))


def _sign(wanted: Mapping[str, Any], check: Check, world: World) -> str:
    assert world.application is not None
    return world.application.sign(wanted["url"], wanted.get("form", {}), wanted["token"])


def _list_heard(wanted: str, check: Check, world: World) -> list[str]:
    assert world.application is not None
    return world.application.list_heard(wanted)


_SUBJECTS: dict[str, Callable[[Any, Check, World], Any]] = {
    "request": lambda wanted, check, world: _send(wanted, world),
    "webhook": _find_webhook,
    "twiml": _check_document,
    "sign": _sign,
    "heard": _list_heard,
}


def _take_step(step: dict[str, Any], world: World, known: dict[str, str]) -> None:
    name = step.get("as", "")
    if "request" in step:
        response = _send(step["request"], world)
        values = _read_elements(response) if name else {}
    elif "application" in step:
        assert world.application is not None
        world.application.attach(step["application"])
    elif "phone" in step:
        assert world.application is not None
        world.application.act(step["phone"], step["do"])
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


def _list_problems(expected: Mapping[str, Any], subject: Any, profile: str) -> Iterator[str]:
    if subject is None:
        yield "no such request was made"
        return
    for key, wanted in expected.items():
        problem = _EXPECTATIONS[key](wanted, subject, profile)
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
            try:
                found = found[int(part)] if part.isdigit() else found[part]
            except (KeyError, IndexError, TypeError):
                found = None
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


def _check_method(wanted: Any, webhook: twreplay.Request, profile: str) -> str:
    return _differ(webhook.method, wanted)


def _check_url(wanted: Any, webhook: twreplay.Request, profile: str) -> str:
    return _matches(webhook.url, wanted)


def _check_fields(wanted: Any, webhook: twreplay.Request, profile: str) -> str:
    """Compare parameters, of the form or of the query; None is for one that is not there."""
    found = dict((*webhook.form, *webhook.query))
    problems = []
    for name, value in wanted.items():
        if value is None:
            problems.append(f"{name} is there" if name in found else "")
        elif problem := _matches(found.get(name), value):
            problems.append(f"{name} {problem}")
    return ", ".join(filter(None, problems))


def _check_field_order(wanted: Any, webhook: twreplay.Request, profile: str) -> str:
    return _differ(" ".join(name for name, _ in (*webhook.form, *webhook.query)), wanted)


def _check_webhooks(wanted: Any, webhooks: list[twreplay.Request], profile: str) -> str:
    """Compare all requests that were made: method, path, and CallStatus or SmsStatus."""
    found = []
    for webhook in webhooks:
        fields = dict((*webhook.form, *webhook.query))
        status = fields.get("SmsStatus", "") or fields.get("CallStatus", "")
        found.append(f"{webhook.method} {webhook.path} {status}".rstrip())
    return _differ(found, wanted)


def _check_equal(wanted: Any, found: Any, profile: str) -> str:
    return _differ(found, wanted)


_EXPECTATIONS: dict[str, Callable[[Any, Any, str], str]] = {
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
    "method": _check_method,
    "url": _check_url,
    "fields": _check_fields,
    "field_order": _check_field_order,
    "webhooks": _check_webhooks,
    "codes": _check_equal,
    "signature": _check_equal,
    "texts": _check_equal,
}


def main() -> int:
    """Print the counts of each section; the exit status is 1 if a check fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a server to ask; by default the simulator is asked")
    parser.add_argument("--account", default="", help="with --url: the Sid of its account")
    parser.add_argument("--token", default="", help="with --url: its auth token")
    parser.add_argument("--number", default="", help="with --url: the Sid of 4158675309")
    parser.add_argument(
        "--reset",
        default="",
        help="with --url: a path to POST to for a fresh world, /_twreplay/reset",
    )
    parser.add_argument("--profile", choices=PROFILES, help="by default both")
    parser.add_argument("--section", help="such as a.9; by default all")
    options = parser.parse_args()
    make: Callable[[str], World] = simulate
    if options.url:
        make = serve_from(
            options.url, options.account, options.token, options.number, options.reset
        )
    profiles = (options.profile,) if options.profile else PROFILES
    failed = total = skipped = 0
    for section, checks in itertools.groupby(load_checks(), lambda check: check.section):
        if options.section not in (None, section):
            continue
        wanted = list(checks)
        results = list(run(wanted, make, profiles))
        left_out = sum(p in check.profiles for check in wanted for p in profiles) - len(results)
        wrong = [result for result in results if result.problem]
        told = f", {left_out} left out" if left_out else ""
        print(f"{section:<6} {len(results):>5} checks, {len(wrong)} failed{told}")
        for result in wrong:
            print(f"       {result.check.name} ({result.profile}): {result.problem}")
        failed, total, skipped = failed + len(wrong), total + len(results), skipped + left_out
    told = f", {skipped} left out" if skipped else ""
    print(f"{'all':<6} {total:>5} checks, {failed} failed{told}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
