"""What the operations do, once no rule stands against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from twreplay._http import Pairs
from twreplay._resources import (
    VALIDATION_REQUEST,
    VERSION,
    Action,
    Evidence,
    Grade,
    Resource,
    Success,
)
from twreplay._resources import _faults as fault
from twreplay._resources._values import formatted
from twreplay._simulator._exchange import (
    Answer,
    Exchange,
    Many,
    Media,
    NoContent,
    Nothing,
    One,
    refused,
)
from twreplay._simulator._instance import Instance, fields, hidden_of, value_of
from twreplay._simulator._lifecycle import deliver, dial, leave, validate
from twreplay._simulator._listing import listed
from twreplay._simulator._media import mp3, wav

Operate: TypeAlias = Callable[[Exchange], Answer]

TOLL_FREE_CODES = ("800", "888", "877", "866")
"""The area codes of toll-free numbers in the years of this API."""

_SILENT_METHODS = {
    "Url": "Method",
    "SmsUrl": "SmsMethod",
    "VoiceFallbackUrl": "VoiceFallbackMethod",
    "SmsFallbackUrl": "SmsFallbackMethod",
}


def operate(exchange: Exchange) -> Answer:
    """Do what the request asks for."""
    return _OPERATIONS[exchange.found[2].action](exchange)


def _list(exchange: Exchange) -> Answer:
    return _missing_parent(exchange) or _answer(exchange, listed(exchange))


def _fetch(exchange: Exchange) -> Answer:
    instance = _target(exchange)
    if isinstance(instance, Answer):
        return instance
    _, endpoint, _, _ = exchange.found
    extension = exchange.extension or endpoint.default_media
    if extension in endpoint.media:
        media = Media(endpoint.media[extension], _content(instance, extension), instance)
        return _answer(exchange, media)
    return _answer(exchange, _shown(exchange, instance))


def _update(exchange: Exchange) -> Answer:
    instance = _target(exchange)
    if isinstance(instance, Answer):
        return instance
    resource, _, operation, _ = exchange.found
    changes = {
        param.sets: exchange.values[param.name]
        for param in operation.params
        if param.sets and param.name in exchange.values
    }
    _give_methods(changes, instance)
    hidden = {name: v for name, v in exchange.values.items() if name in resource.hidden}
    exchange.world.change(instance, changes, hidden=hidden)
    return _answer(exchange, _shown(exchange, instance))


def _delete(exchange: Exchange) -> Answer:
    instance = _target(exchange)
    if isinstance(instance, Answer):
        return instance
    exchange.world.remove(instance)
    operation = exchange.found[2]
    keeps_body = exchange.world.profile[operation.success] == "200"
    return _answer(exchange, Nothing() if keeps_body else NoContent())


def _kick(exchange: Exchange) -> Answer:
    participant = _target(exchange)
    if isinstance(participant, Answer):
        return participant
    leave(exchange.world, participant)
    return _answer(exchange, NoContent())


def _create_account(exchange: Exchange) -> Answer:
    resource = exchange.found[0]
    world = exchange.world
    name = exchange.values.get("FriendlyName") or "user@example.com"
    values = {"FriendlyName": name, "Status": "2", "AuthToken": world.identifiers.token()}
    return _created(exchange, world.create(resource, None, values))


def _make_call(exchange: Exchange) -> Answer:
    resource, _, _, account = exchange.found
    world, values = exchange.world, exchange.values
    placed_from = world.owned(
        account, "OutgoingCallerId", PhoneNumber=values["Caller"]
    ) or world.owned(account, "IncomingPhoneNumber", PhoneNumber=values["Caller"])
    assert placed_from is not None
    call = world.create(
        resource,
        account,
        {
            "Called": values["Called"],
            "Caller": values["Caller"],
            "PhoneNumberSid": placed_from.Sid,
            "Status": "0",
            "Flags": "2",
        },
        hidden={
            name: values.get(name, "") for name in ("Url", "Method", "SendDigits", "IfMachine")
        },
    )
    dial(world, call, account, int(values["Timeout"]))
    return _created(exchange, call)


def _redirect_call(exchange: Exchange) -> Answer:
    call = _target(exchange)
    if isinstance(call, Answer):
        return call
    values = exchange.values
    hidden = {"Url": values["CurrentUrl"], "Method": values["CurrentMethod"]}
    exchange.world.change(call, hidden=hidden)
    return _answer(exchange, _shown(exchange, call))


def _send_sms(exchange: Exchange) -> Answer:
    resource, _, _, account = exchange.found
    values = exchange.values
    message = exchange.world.create(
        resource,
        account,
        {
            "From": values["From"],
            "To": values["To"],
            "Body": values["Body"],
            "Status": "queued",
            "Flags": "4",
        },
        hidden={"StatusCallback": values.get("StatusCallback", "")},
    )
    deliver(exchange.world, message, account)
    return _created(exchange, message)


def _buy_number(exchange: Exchange) -> Answer:
    resource, endpoint, operation, account = exchange.found
    toll_free = ("toll_free", True) in endpoint.fixed
    number = _number_from_stock(exchange, toll_free=toll_free)
    if number is None:
        return refused("a number must be for sale", fault.NO_NUMBERS_FOUND)
    properties = {
        param.sets: exchange.values[param.name]
        for param in operation.params
        if param.sets and exchange.values.get(param.name)
    }
    instance = exchange.world.create(
        resource,
        account,
        new_number(exchange, number, properties),
        hidden={"toll_free": toll_free, "sms": not toll_free},
    )
    return _created(exchange, instance)


def new_number(exchange: Exchange, number: str, given: Mapping[str, str]) -> dict[str, str]:
    """The properties of a number that was just bought."""
    values = {"PhoneNumber": number, "VoiceCallerIdLookup": "false", **given}
    values["FriendlyName"] = values.get("FriendlyName") or formatted(number)
    unset = "POST" if exchange.world.profile["methods of unset URLs"] == "POST" else ""
    for url, method in _SILENT_METHODS.items():
        values[method] = values.get(method) or ("POST" if values.get(url) else unset)
    return values


def _start_validation(exchange: Exchange) -> Answer:
    account = exchange.found[3]
    world, values = exchange.world, exchange.values
    number, name = values["PhoneNumber"], values.get("FriendlyName") or ""
    code = world.identifiers.digits(6)
    asked = Instance(
        VALIDATION_REQUEST,
        {
            "AccountSid": account.sid,
            "PhoneNumber": number,
            "FriendlyName": name or formatted(number),
            "ValidationCode": code,
        },
        {},
        {},
    )
    world.begin_validation(account, asked, name)
    validate(world, account, number, name, int(values["CallDelay"]))
    shown = fields(asked, VALIDATION_REQUEST.properties)
    return _answer(exchange, One(VALIDATION_REQUEST.name, shown))


_OPERATIONS: Mapping[Action, Operate] = MappingProxyType(
    {
        Action.LIST: _list,
        Action.FETCH: _fetch,
        Action.UPDATE: _update,
        Action.DELETE: _delete,
        Action.KICK: _kick,
        Action.CREATE_ACCOUNT: _create_account,
        Action.MAKE_CALL: _make_call,
        Action.REDIRECT_CALL: _redirect_call,
        Action.SEND_SMS: _send_sms,
        Action.BUY_NUMBER: _buy_number,
        Action.START_VALIDATION: _start_validation,
    }
)


def _missing_parent(exchange: Exchange) -> Answer | None:
    _, endpoint, _, account = exchange.found
    for variable, resource in endpoint.parents.items():
        sid = exchange.variables[variable]
        fixed = (("segment", False),) if resource == "Call" else ()
        if account.stores[resource].find((("Sid", sid), *fixed)) is None:
            return _not_found(exchange, sid)
    return None


def _target(exchange: Exchange) -> Instance | Answer:
    parent = _missing_parent(exchange)
    if parent is not None:
        return parent
    resource, endpoint, _, account = exchange.found
    wanted = [(n, v) for n, v in exchange.variables.items() if n != "AccountSid"]
    found = account.stores[resource.name].find([*wanted, *endpoint.fixed])
    if found is not None:
        return found
    sid = wanted[-1][1] if wanted else ""
    if resource.name == "Participant":
        exchange.ask(33)
    return _not_found(exchange, sid)


def _not_found(exchange: Exchange, sid: str) -> Answer:
    if sid in exchange.found[3].deleted and 33 not in exchange.asked:
        exchange.ask(29)
    return refused("what the path names must exist in the account", fault.NOT_FOUND)


def _shown(exchange: Exchange, instance: Instance) -> One:
    return One(exchange.found[0].name, (), instance)


def _content(instance: Instance, extension: str) -> bytes:
    if extension == "txt":
        return instance.TranscriptionText.encode()
    given = hidden_of(instance).get(extension)
    if isinstance(given, bytes):
        return given
    seconds = int(instance.Duration) if instance.Duration.isdigit() else 0
    return mp3(seconds) if extension == "mp3" else wav(seconds)


def _number_from_stock(exchange: Exchange, *, toll_free: bool) -> str | None:
    world = exchange.world
    code = exchange.values.get("AreaCode")
    if toll_free and code and code not in TOLL_FREE_CODES:
        return None
    if not code:
        codes = TOLL_FREE_CODES if toll_free else ("415", "206", "312", "646")
        code = next((c for c in codes if world.stock.get(c) != 0), "")
    elif not toll_free and code in TOLL_FREE_CODES:
        return None
    if not code or world.stock.get(code) == 0:
        return None
    if code in world.stock:
        world.stock[code] -= 1
    taken = {
        number.PhoneNumber
        for account in world.each_account()
        for number in account.stores["IncomingPhoneNumber"]
    }
    while (number := f"{code}555{world.identifiers.digits(4)}") in taken:
        pass
    return number


def _give_methods(changes: dict[str, str], instance: Instance) -> None:
    """What has a URL has a method, by default POST. Question 32."""
    for url, method in _SILENT_METHODS.items():
        if not {url, method} & changes.keys():
            continue
        has_url = changes.get(url, value_of(instance, url))
        if has_url and not changes.get(method, value_of(instance, method)):
            changes[method] = "POST"


def _created(exchange: Exchange, instance: Instance) -> Answer:
    exchange.note(3)
    headers: Pairs = ()
    if exchange.world.profile["location"] == "yes":
        headers = (("Location", _location(exchange, instance)),)
    return _answer(exchange, _shown(exchange, instance), headers)


def _location(exchange: Exchange, instance: Instance) -> str:
    resource: Resource = exchange.found[0]
    path = next(e.path for e in resource.endpoints if e.path.endswith("/{Sid}"))
    for name in ("AccountSid", "Sid"):
        path = path.replace(f"{{{name}}}", value_of(instance, name))
    return f"{exchange.base}/{VERSION}{path}"


@cache
def _both(one: Evidence, other: Evidence) -> Evidence:
    """What two pieces of evidence are worth together: no more than the weaker one."""
    weaker = max(one.grade, other.grade, key=list(Grade).index)
    return Evidence(f"{one.source}; {other.source}", weaker)


def _answer(
    exchange: Exchange,
    content: One | Many | Media | Nothing | NoContent,
    headers: Pairs = (),
) -> Answer:
    operation = exchange.found[2]
    profile = exchange.world.profile
    evidence: Evidence = operation.evidence
    if operation.success is not Success.OK:
        status_evidence = profile.evidence(operation.success)
        if status_evidence is not None:
            evidence = _both(evidence, status_evidence)
    status = int(profile[operation.success])
    return Answer(operation.summary, evidence, status, content, headers)
