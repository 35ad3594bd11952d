"""
The API's rules, in the order in which they are asked. The first that has an answer gives it.

Ahead of these come the user's own rules; after them, representation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlencode

from twreplay._http import Request
from twreplay._representation import readable
from twreplay._resources import RESOURCES, VERSION, Action, Param, Shape
from twreplay._resources import _faults as fault
from twreplay._simulator._exchange import Answer, Exchange, refused
from twreplay._simulator._operations import operate
from twreplay._simulator._requirements import REQUIREMENTS
from twreplay._simulator._routing import NoRoute, Route, route
from twreplay._simulator._world import Account, World

Rule: TypeAlias = Callable[[Exchange], Answer | None]

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_CHALLENGE = (("WWW-Authenticate", 'Basic realm="Twilio API"'),)
_NOTIFICATION = next(r for r in RESOURCES if r.name == "Notification")


def begin(request: Request, world: World) -> Exchange:
    """*request*, before any rule has looked at it."""
    return Exchange(request, world, request.method)


def below_the_version(exchange: Exchange) -> Answer | None:
    """
    The path begins with the version.

    Source: overview, base URL. What answers anything else is question 14.
    """
    segments = exchange.request.path.split("/")
    if segments[1] == VERSION:
        return None
    exchange.ask(14)
    return refused("the path begins with /2008-08-01", fault.NOT_FOUND)


def overloaded(exchange: Exchange) -> Answer | None:
    """
    ``POST ...?_method=PUT`` is PUT, and likewise DELETE.

    Source: request page, method overloading.
    """
    request = exchange.request
    method = request.effective_method
    if request.overload is None and _names_a_method(request):
        exchange.ask(5)
    exchange.is_head = method == "HEAD"
    exchange.method = "GET" if exchange.is_head else method
    if method not in _METHODS:
        exchange.ask(6)
    return None


def _names_a_method(request: Request) -> bool:
    if not request.query and not request.body:
        return False
    return any(name == "_method" for name, _ in (*request.query, *request.form))


def routed(exchange: Exchange) -> Answer | None:
    """The path leads to a resource. Source: the pages of the resources."""
    segments, found = _route_of(exchange.request.path)
    if isinstance(found, NoRoute):
        exchange.extension = found.extension
        if found.unknown_extension:
            exchange.ask(15)
        if not segments or not segments[-1] or segments[0] != "Accounts":
            exchange.ask(14)
        return refused("the path leads to a resource", fault.NOT_FOUND)
    exchange.resource, exchange.endpoint = found.resource, found.endpoint
    exchange.variables = dict(found.variables)
    exchange.extension = found.extension
    exchange.account_sid = found.account_sid
    if found.extension and exchange.method != "GET":
        exchange.note(15)
    if exchange.wants_json_in_vain:
        exchange.ask(16)
    if exchange.request.scheme == "http" and not _is_public(exchange):
        exchange.ask(43)
    return None


@lru_cache(maxsize=1024)
def _route_of(path: str) -> tuple[list[str], Route | NoRoute]:
    # Tests ask for the same few paths over and over.
    segments = [readable(part) for part in path.split("/")[2:]]
    return segments, route(segments)


def _is_public(exchange: Exchange) -> bool:
    endpoint = exchange.endpoint
    return endpoint is not None and endpoint.public and exchange.method == "GET"


def authenticated(exchange: Exchange) -> Answer | None:
    """
    The credentials are those of the account in the path. Recordings are public for GET.

    Source: request page, credentials; Recordings page.
    """
    accounts = exchange.world.accounts
    if _is_public(exchange):
        exchange.account = accounts.get(exchange.account_sid)
        if exchange.account is None:
            return refused("what the path names must exist in the account", fault.NOT_FOUND)
        return None
    account = _known(exchange.request, exchange.world)
    if account is None:
        exchange.note(1)
        if exchange.endpoint is not None and exchange.endpoint.public:
            exchange.ask(28)
        return refused("credentials are known", fault.UNAUTHORIZED, headers=_CHALLENGE)
    if account.is_suspended:
        exchange.ask(38)
        return refused("the account is active", fault.NOT_ACTIVE, headers=_CHALLENGE)
    if exchange.account_sid and exchange.account_sid != account.sid:
        exchange.ask(2)
        return refused(
            "credentials belong to the account in the path", fault.UNAUTHORIZED, headers=_CHALLENGE
        )
    exchange.account = account
    return None


def _known(request: Request, world: World) -> Account | None:
    given = request.credentials
    if given is None:
        return None
    account = world.accounts.get(given.account_sid)
    if account is None or account.instance.AuthToken != given.auth_token:
        return None
    return account


def method_allowed(exchange: Exchange) -> Answer | None:
    """
    The resource supports the method.

    Source: request page, 405; the pages of the resources.
    """
    endpoint = exchange.endpoint
    assert endpoint is not None
    operation = endpoint.operation(exchange.method)
    if operation is not None:
        exchange.operation = operation
        for question in operation.questions:
            exchange.ask(question)
        return None
    exchange.note(8)
    if exchange.method in endpoint.silent_on:
        exchange.ask(42)
    allow = (("Allow", ", ".join(endpoint.allowed)),)
    return refused("the resource supports the method", fault.METHOD_NOT_ALLOWED, headers=allow)


def parameters(exchange: Exchange) -> Answer | None:
    """
    Every field of the form is there that must be, and is what it must be.

    Source: the tables of POST parameters, and the error dictionary.
    """
    operation = exchange.found[2]
    if exchange.method not in ("POST", "PUT"):
        return None
    given = _given(exchange)
    updates = operation.action is Action.UPDATE
    for param in operation.params:
        if param.missing is not None and not given.get(param.name):
            return refused(f"{param.name} is required", param.missing)
        if param.absent_question and param.name not in given:
            exchange.ask(param.absent_question)
    for param in operation.params:
        sent = given.get(param.name)
        if sent:
            value = param.kind.read(sent)
            if value is None:
                return _invalid(exchange, param, sent)
            exchange.values[param.name] = value
        elif sent == "" and updates and param.sets:
            exchange.ask(30)
            exchange.values[param.name] = _cleared(exchange, param)
        elif param.default:
            exchange.values[param.name] = param.default
    for name in operation.requires:
        stands_against = REQUIREMENTS[name](exchange)
        if stands_against is not None:
            refusal, value = stands_against
            return refused(name.replace("_", " "), refusal, value=value)
    return None


def _cleared(exchange: Exchange, param: Param) -> str:
    """What an empty value makes of a property. A switch is never empty: it is off."""
    prop = exchange.found[0].named(param.sets)
    return "false" if prop is not None and prop.shape is Shape.TRUE_FALSE else ""


def _invalid(exchange: Exchange, param: Param, sent: str) -> Answer:
    assert param.invalid is not None
    if param.invalid is fault.INVALID_FRIENDLY_NAME:
        exchange.ask(37)
    return refused(f"{param.name} is {param.kind.title}", param.invalid, value=sent)


def _given(exchange: Exchange) -> dict[str, str]:
    operation = exchange.found[2]
    known = {param.name for param in operation.params}
    given: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for name, value in exchange.request.form:
        name, value = readable(name), readable(value)
        if name in given:
            exchange.ask(44)
        if name in known:
            given[name] = value
        # Empty parameters are absent: a client sent every option that it knew.
        elif value and name != "_method":
            unknown.append((name, value))
    exchange.given = given
    exchange.unknown = tuple(unknown)
    return given


def operated(exchange: Exchange) -> Answer | None:
    """The operation itself. Source: the pages of the resources."""
    answer = operate(exchange)
    if answer.status < 400:
        _log_unknown(exchange)
    return answer


def _log_unknown(exchange: Exchange) -> None:
    """A warning in the account's notifications for each unknown field. Notifications page."""
    if not exchange.unknown:
        return
    account = exchange.found[3]
    code, text = fault.UNKNOWN_PARAMETER
    # Once for all of them: with a copy each, a form of 256,000 bytes took 60 times that of 32,000.
    url, form = readable(exchange.request.url), _encoded(exchange.request.form)
    for name, value in exchange.unknown:
        exchange.world.create(
            _NOTIFICATION,
            account,
            {
                "Log": "1",
                "ErrorCode": str(code),
                "MoreInfo": fault.ERROR_PAGE.format(code=code),
                "MessageText": text.format(name=name, value=value),
                "RequestURL": url,
                "RequestMethod": exchange.method,
                "RequestVariables": form,
            },
            {"MessageDate": exchange.world.clock.seconds},
        )


def _encoded(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode([(readable(name), readable(value)) for name, value in pairs])


RULES: tuple[Rule, ...] = (
    below_the_version,
    overloaded,
    routed,
    authenticated,
    method_allowed,
    parameters,
    operated,
)


def decided(exchange: Exchange) -> Answer:
    """What the first rule says that has an answer; the last always has one."""
    for rule in RULES:
        answer = rule(exchange)
        if answer is not None:
            return answer
    raise AssertionError(exchange.request)
