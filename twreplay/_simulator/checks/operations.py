"""The operations, which run once every check has passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api import (
    TOLL_FREE_CODES,
    VALIDATION_REQUEST,
    VERSION,
    Action,
    Evidence,
    Grade,
    Operation,
    Profile,
    Q,
    Resource,
    format_phone_number,
)
from twreplay._api import errors as fault
from twreplay._explanation import shorten
from twreplay._http import Pairs
from twreplay._simulator.checks.context import (
    Answer,
    Many,
    Media,
    NoContent,
    Nothing,
    One,
    ValidRequest,
    refuse,
)
from twreplay._simulator.checks.listing import list_page
from twreplay._simulator.events import (
    deliver,
    find_validation_code,
    leave,
    place_call,
    validate,
)
from twreplay._simulator.left_over import find_left_over
from twreplay._simulator.media import build_mp3, build_wav
from twreplay._simulator.state.instance import (
    Instance,
    get_hidden,
    get_times,
    get_value,
    list_fields,
)
from twreplay.errors import UsageError

Operate: TypeAlias = Callable[[ValidRequest], Answer]

_SILENT_METHODS = {
    "Url": "Method",
    "SmsUrl": "SmsMethod",
    "VoiceFallbackUrl": "VoiceFallbackMethod",
    "SmsFallbackUrl": "SmsFallbackMethod",
}


def operate(request: ValidRequest) -> Answer:
    """Run the operation that the request names."""
    return _OPERATIONS[request.operation.action](request)


def _list(request: ValidRequest) -> Answer:
    return _check_parents(request) or _answer(request, list_page(request))


def _fetch(request: ValidRequest) -> Answer:
    instance = _find_target(request)
    if isinstance(instance, Answer):
        return instance
    endpoint = request.endpoint
    extension = request.context.extension or endpoint.default_media
    if extension in endpoint.media:
        media = Media(endpoint.media[extension], _get_content(instance, extension), instance)
        return _answer(request, media)
    return _answer(request, _show(request, instance))


def _update(request: ValidRequest) -> Answer:
    instance = _find_target(request)
    if isinstance(instance, Answer):
        return instance
    resource, operation = request.resource, request.operation
    changes = {
        param.sets: request.values[param.name]
        for param in operation.params
        if param.sets and param.name in request.values
    }
    _note_kept_methods(request, changes, instance)
    _clear_with_urls(request, changes)
    _give_methods(changes, instance)
    hidden = {name: v for name, v in request.values.items() if name in resource.hidden}
    request.world.update(instance, changes, hidden=hidden)
    return _answer(request, _show(request, instance))


def _delete(request: ValidRequest) -> Answer:
    instance = _find_target(request)
    if isinstance(instance, Answer):
        return instance
    request.world.delete(instance)
    operation = request.operation
    keeps_body = request.world.profile[operation.success] == "200"
    return _answer(request, Nothing() if keeps_body else NoContent())


def _remove_participant(request: ValidRequest) -> Answer:
    participant = _find_target(request)
    if isinstance(participant, Answer):
        return participant
    leave(request.world, participant)
    return _answer(request, NoContent())


def _create_account(request: ValidRequest) -> Answer:
    resource = request.resource
    world = request.world
    name = request.values.get("FriendlyName") or "user@example.com"
    values = {"FriendlyName": name, "Status": "2", "AuthToken": world.identifiers.generate_token()}
    return _answer_created(request, world.create(resource, None, values))


def _make_call(request: ValidRequest) -> Answer:
    resource, account = request.resource, request.account
    world, values = request.world, request.values
    placed_from = world.find_owned(
        account, "OutgoingCallerId", PhoneNumber=values["Caller"]
    ) or world.find_owned(account, "IncomingPhoneNumber", PhoneNumber=values["Caller"])
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
    place_call(world, call, account, int(values["Timeout"]))
    return _answer_created(request, call)


def _redirect_call(request: ValidRequest) -> Answer:
    call = _find_target(request)
    if isinstance(call, Answer):
        return call
    values = request.values
    hidden = {"Url": values["CurrentUrl"], "Method": values["CurrentMethod"]}
    request.world.update(call, hidden=hidden)
    if request.world.live is not None:
        request.world.live.redirect_call(request.account, call)
    return _answer(request, _show(request, call))


def _send_sms(request: ValidRequest) -> Answer:
    resource, account = request.resource, request.account
    values = request.values
    message = request.world.create(
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
    deliver(request.world, message, account)
    return _answer_created(request, message)


def _get_number(request: ValidRequest) -> Answer:
    resource, endpoint, operation, account = (
        request.resource,
        request.endpoint,
        request.operation,
        request.account,
    )
    toll_free = ("toll_free", True) in endpoint.fixed
    number = _take_from_stock(request, toll_free=toll_free)
    if number is None:
        return refuse(
            "a number must be for sale", fault.NO_NUMBERS_FOUND, "no such number is for sale"
        )
    properties = {
        param.sets: request.values[param.name]
        for param in operation.params
        if param.sets and request.values.get(param.name)
    }
    instance = request.world.create(
        resource,
        account,
        build_number(request, number, properties),
        hidden={"toll_free": toll_free, "sms": not toll_free},
    )
    return _answer_created(request, instance)


def build_number(request: ValidRequest, number: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the properties of a number that was just bought."""
    values = {"PhoneNumber": number, "VoiceCallerIdLookup": "false", **given}
    values["FriendlyName"] = values.get("FriendlyName") or format_phone_number(number)
    unset = "POST" if request.world.profile["methods of unset URLs"] == "POST" else ""
    for url, method in _SILENT_METHODS.items():
        values[method] = values.get(method) or ("POST" if values.get(url) else unset)
    return values


def _start_validation(request: ValidRequest) -> Answer:
    account = request.account
    world, values = request.world, request.values
    number, name = values["PhoneNumber"], values.get("FriendlyName") or ""
    code = find_validation_code(world, account, number)
    asked = Instance(
        VALIDATION_REQUEST,
        {
            "AccountSid": account.sid,
            "PhoneNumber": number,
            "FriendlyName": name or format_phone_number(number),
            "ValidationCode": code,
        },
        {},
        {},
    )
    world.begin_validation(account, asked, name)
    validate(world, account, asked, name, int(values["CallDelay"]))
    shown = list_fields(asked, VALIDATION_REQUEST.properties)
    return _answer(request, One(VALIDATION_REQUEST.name, shown))


_OPERATIONS: Mapping[Action, Operate] = MappingProxyType(
    {
        Action.LIST: _list,
        Action.FETCH: _fetch,
        Action.UPDATE: _update,
        Action.DELETE: _delete,
        Action.KICK: _remove_participant,
        Action.CREATE_ACCOUNT: _create_account,
        Action.MAKE_CALL: _make_call,
        Action.REDIRECT_CALL: _redirect_call,
        Action.SEND_SMS: _send_sms,
        Action.BUY_NUMBER: _get_number,
        Action.START_VALIDATION: _start_validation,
    }
)


def _check_parents(request: ValidRequest) -> Answer | None:
    endpoint, account = request.endpoint, request.account
    for variable, resource in endpoint.parents.items():
        sid = request.variables[variable]
        fixed = (("segment", False),) if resource == "Call" else ()
        if account.stores[resource].find((("Sid", sid), *fixed)) is None:
            return _refuse_missing(request, sid)
    return None


def _find_target(request: ValidRequest) -> Instance | Answer:
    parent = _check_parents(request)
    if parent is not None:
        return parent
    resource, endpoint, account = request.resource, request.endpoint, request.account
    wanted = [(n, v) for n, v in request.variables.items() if n != "AccountSid"]
    found = account.stores[resource.name].find([*wanted, *endpoint.fixed])
    if found is not None:
        return found
    sid = wanted[-1][1] if wanted else ""
    if resource.name == "Participant":
        request.rests_on(Q.PARTICIPANT_WHO_LEFT)
    return _refuse_missing(request, sid)


def _refuse_missing(request: ValidRequest, sid: str) -> Answer:
    if (
        sid in request.account.deleted
        and Q.PARTICIPANT_WHO_LEFT not in request.context.open_questions
    ):
        request.rests_on(Q.GET_OF_DELETED)
    outcome = f"the account has no {shorten(sid, 34)}" if sid else "the account has no sandbox"
    return refuse("what the path names must exist in the account", fault.NOT_FOUND, outcome)


def _show(request: ValidRequest, instance: Instance) -> One:
    return One(request.resource.name, (), instance)


def _get_content(instance: Instance, extension: str) -> bytes:
    if extension == "txt":
        return instance.TranscriptionText.encode()
    given = get_hidden(instance).get(extension)
    if isinstance(given, bytes):
        return given
    if any(isinstance(get_hidden(instance).get(other), bytes) for other in ("wav", "mp3")):
        # Silence would be untrue, and to convert audio takes a codec.
        msg = (
            f"recording {instance.Sid} was given audio, but none as {extension}: "
            f"add_recording({extension}=...) with the same audio as {extension}."
        )
        raise UsageError(msg)
    seconds = int(instance.Duration) if instance.Duration.isdigit() else 0
    return build_mp3(seconds) if extension == "mp3" else build_wav(seconds)


def _take_from_stock(request: ValidRequest, *, toll_free: bool) -> str | None:
    world = request.world
    code = request.values.get("AreaCode")
    codes = TOLL_FREE_CODES if toll_free else ("415", "206", "312", "646")
    if not code:
        arranged = [c for c in world.for_sale if (c in TOLL_FREE_CODES) is toll_free]
        code = next((c for c in (*arranged, *codes) if world.stock.get(c) != 0), "")
    elif (code in TOLL_FREE_CODES) is not toll_free:
        return None
    if not code or world.stock.get(code) == 0:
        return None
    if code in world.stock:
        world.stock[code] -= 1
    taken = {
        number.PhoneNumber
        for account in world.iterate_accounts()
        for number in account.stores["IncomingPhoneNumber"]
    }
    for number in world.for_sale.get(code, ()):
        if number not in taken:
            return number
    while (number := f"{code}555{world.identifiers.generate_digits(4)}") in taken:
        pass
    return number


def _note_kept_methods(
    request: ValidRequest, changes: Mapping[str, str], instance: Instance
) -> None:
    for url, method in _SILENT_METHODS.items():
        kept = get_value(instance, method)
        if changes.get(url) and method not in changes and kept not in ("", "POST"):
            request.rests_on(Q.METHOD_KEPT)


def _clear_with_urls(request: ValidRequest, changes: dict[str, str]) -> None:
    """Clear what cannot be without the URLs that are cleared. Questions 30 and 32."""
    world = request.world
    for name, emptied in find_left_over(request.resource, changes, world.profile).items():
        changes.setdefault(name, emptied)


def _give_methods(changes: dict[str, str], instance: Instance) -> None:
    """Set the method POST where a URL is set without a method. Question 32."""
    for url, method in _SILENT_METHODS.items():
        if not {url, method} & changes.keys():
            continue
        has_url = changes.get(url, get_value(instance, url))
        if has_url and not changes.get(method, get_value(instance, method)):
            changes[method] = "POST"


def _answer_created(request: ValidRequest, instance: Instance) -> Answer:
    request.mentions(Q.CREATED_STATUS)
    _note_rate(request, instance)
    headers: Pairs = ()
    if request.world.profile["location"] == "yes":
        headers = (("Location", _build_location(request, instance)),)
    return _answer(request, _show(request, instance), headers)


def _note_rate(request: ValidRequest, created: Instance) -> None:
    """Keep that two calls or messages were made within a second, which nothing limits."""
    store = request.account.stores[request.resource.name]
    if request.operation.action not in (Action.MAKE_CALL, Action.SEND_SMS) or len(store) < 2:
        return
    now = get_times(created)["DateCreated"]
    for other in store.list_newest(2):
        if other is not created and get_times(other).get("DateCreated") == now:
            request.mentions(Q.RATE_LIMITS)


def _build_location(request: ValidRequest, instance: Instance) -> str:
    resource: Resource = request.resource
    path = next(e.path for e in resource.endpoints if e.path.endswith("/{Sid}"))
    for name in ("AccountSid", "Sid"):
        path = path.replace(f"{{{name}}}", get_value(instance, name))
    return f"{request.context.base}/{VERSION}{path}"


def _combine(one: Evidence, other: Evidence) -> Evidence:
    """Combine two pieces of evidence; the weaker grade counts."""
    weaker = max(one.grade, other.grade, key=list(Grade).index)
    return Evidence(f"{one.source}; {other.source}", weaker)


# By identity, and with the operation, so that no other gets its id: to hash one takes 6 µs.
_successes: dict[tuple[int, str], tuple[Operation, Evidence, int, Grade]] = {}


def _find_success(operation: Operation, profile: Profile) -> tuple[Operation, Evidence, int, Grade]:
    """Return *operation*, and evidence, status and its grade of an answer of it that succeeds."""
    key = id(operation), profile.name
    found = _successes.get(key)
    if found is None:
        evidence, grade = operation.evidence, Grade.DOCUMENTED
        of_status = profile.get_evidence(operation.success)
        if of_status is not None:
            evidence, grade = _combine(evidence, of_status), of_status.grade
        status = int(profile[operation.success])
        found = _successes[key] = operation, evidence, status, grade
    return found


def _answer(
    request: ValidRequest,
    content: One | Many | Media | Nothing | NoContent,
    headers: Pairs = (),
) -> Answer:
    operation, evidence, status, grade = _find_success(request.operation, request.world.profile)
    return Answer(
        operation.summary,
        evidence,
        status,
        content,
        headers,
        rule_grade=operation.evidence.grade,
        status_grade=grade,
    )
