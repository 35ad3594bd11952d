"""
The API's checks, in the order in which a request passes them. The first that refuses answers.

Each check that a request passes says more about it, and the type of what it returns says what is
known. User rules come before them, rendering after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlencode

from twreplay._api import (
    DIGITS,
    RESOURCES,
    TIMEOUT,
    VERSION,
    Action,
    ApiError,
    Param,
    Q,
    Resource,
    WireFormat,
    clean_text,
)
from twreplay._api import errors as fault
from twreplay._explanation import shorten
from twreplay._http import Request
from twreplay._simulator.checks.context import (
    AllowedRequest,
    Answer,
    AuthorizedRequest,
    RequestContext,
    RoutedRequest,
    ValidRequest,
    refuse,
)
from twreplay._simulator.checks.operations import operate
from twreplay._simulator.checks.preconditions import PRECONDITIONS
from twreplay._simulator.checks.routing import NoRoute, Route, match_path
from twreplay._simulator.state.store import Account
from twreplay._simulator.state.world import World

_ROOT = f"/{VERSION}/"
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_CHALLENGE = (("WWW-Authenticate", 'Basic realm="Twilio API"'),)
_NOTIFICATION = next(r for r in RESOURCES if r.name == "Notification")


def decide(context: RequestContext) -> Answer:
    """Return the answer of the first check that refuses, or of the operation."""
    refusal = check_version(context)
    if refusal is not None:
        return refusal
    override_method(context)
    routed = find_route(context)
    if isinstance(routed, Answer):
        return routed
    authorized = authenticate(routed)
    if isinstance(authorized, Answer):
        return authorized
    allowed = check_method(authorized)
    if isinstance(allowed, Answer):
        return allowed
    valid = check_parameters(allowed)
    if isinstance(valid, Answer):
        if context.unknown:
            context.mentions(Q.UNKNOWN_OF_REFUSED)
        return valid
    return run_operation(valid)


def check_version(context: RequestContext) -> Answer | None:
    """
    Refuse a path that does not begin with the version.

    Source: overview, base URL. The answer to any other path is question 14.
    """
    if context.request.path.startswith(_ROOT) or context.request.path == f"/{VERSION}":
        return None
    context.rests_on(Q.UNKNOWN_PATH)
    return refuse(
        "the path begins with /2008-08-01",
        fault.NOT_FOUND,
        "the path begins with another version, or none",
    )


def override_method(context: RequestContext) -> None:
    """
    Treat ``POST ...?_method=PUT`` as PUT, and likewise DELETE.

    Source: request page, method overloading.
    """
    request = context.request
    method = request.effective_method
    if (request.query or request.body) and request.overload is None and _has_method_field(request):
        context.rests_on(Q.STRAY_METHOD_OVERRIDE)
    context.is_head = method == "HEAD"
    context.method = "GET" if context.is_head else method
    if method not in _METHODS:
        context.rests_on(Q.OTHER_METHODS)


def _has_method_field(request: Request) -> bool:
    for pairs in (request.query, request.form):
        for name, _ in pairs:
            if name == "_method":
                return True
    return False


def find_route(context: RequestContext) -> RoutedRequest | Answer:
    """Refuse a path that leads to no resource. Source: the pages of the resources."""
    segments, found = _route_path(context.request.path)
    context.extension = found.extension
    if isinstance(found, NoRoute):
        if found.unknown_extension:
            context.rests_on(Q.EXTENSION)
        if not segments or not segments[-1] or segments[0] != "Accounts":
            context.rests_on(Q.UNKNOWN_PATH)
        return refuse(
            "the path leads to a resource", fault.NOT_FOUND, "the path leads to no resource"
        )
    routed = RoutedRequest(
        context, found.resource, found.endpoint, found.variables, found.account_sid
    )
    context.reached = routed
    if found.extension and context.method != "GET":
        context.mentions(Q.EXTENSION)
    if context.ineffective_accept:
        context.rests_on(Q.ACCEPT_HEADER)
    if "/PhoneNumbers/" in context.request.path:
        context.mentions(Q.PHONE_NUMBERS_PATH)
    if context.request.scheme == "http" and not routed.is_public:
        context.rests_on(Q.PLAIN_HTTP)
    return routed


@lru_cache(maxsize=1024)
def _route_path(path: str) -> tuple[list[str], Route | NoRoute]:
    # Cached: tests request the same few paths again and again.
    segments = [clean_text(part) for part in path.split("/")[2:]]
    return segments, match_path(segments)


def authenticate(routed: RoutedRequest) -> AuthorizedRequest | Answer:
    """
    Refuse credentials that are not those of the account in the path.

    Recordings are public for GET. Source: request page, credentials; Recordings page.
    """
    if routed.is_public:
        account = routed.world.accounts.get(routed.account_sid)
        if account is None:
            return refuse(
                "what the path names must exist in the account",
                fault.NOT_FOUND,
                f"there is no account {shorten(routed.account_sid, 34)}",
            )
        if _is_beyond_named_media(routed) and _find_account(routed.http, routed.world) is None:
            routed.rests_on(Q.RECORDING_REPRESENTATIONS)
        return _authorize(routed, account)
    account = _find_account(routed.http, routed.world)
    if account is None:
        if routed.endpoint.public:
            routed.rests_on(Q.RECORDING_DELETE_CREDENTIALS)
        outcome = _describe_credentials(routed)
        return refuse("credentials are known", fault.UNAUTHORIZED, outcome, headers=_CHALLENGE)
    if account.is_suspended:
        routed.rests_on(Q.SUSPENDED_ACCOUNT)
        outcome = "the account is suspended"
        return refuse("the account is active", fault.NOT_ACTIVE, outcome, headers=_CHALLENGE)
    if routed.account_sid and routed.account_sid != account.sid:
        routed.rests_on(Q.ACCOUNT_OF_OTHERS)
        return refuse(
            "credentials belong to the account in the path",
            fault.UNAUTHORIZED,
            "the credentials are of another account than the path names",
            headers=_CHALLENGE,
        )
    return _authorize(routed, account)


def _is_beyond_named_media(routed: RoutedRequest) -> bool:
    named = routed.endpoint.named_media
    return bool(named) and routed.context.extension not in named


def _describe_credentials(routed: RoutedRequest) -> str:
    """Return what was wrong with the credentials, without showing a token."""
    given = routed.http.credentials
    if given is None:
        sent = routed.http.headers.get("authorization")
        return "the credentials are not HTTP Basic" if sent else "no credentials were sent"
    if given.account_sid in routed.world.accounts:
        return "the auth token is not that of the account"
    return "the credentials name an account that is not there"


def _authorize(routed: RoutedRequest, account: Account) -> AuthorizedRequest:
    return AuthorizedRequest(
        routed.context,
        routed.resource,
        routed.endpoint,
        routed.variables,
        routed.account_sid,
        account,
    )


def _find_account(request: Request, world: World) -> Account | None:
    given = request.credentials
    if given is None:
        return None
    account = world.accounts.get(given.account_sid)
    if account is None or account.auth_token != given.auth_token:
        return None
    return account


def check_method(request: AuthorizedRequest) -> AllowedRequest | Answer:
    """
    Refuse a method that the resource does not support.

    Source: request page, 405; the pages of the resources.
    """
    endpoint, context = request.endpoint, request.context
    operation = endpoint.find_operation(context.method)
    if operation is None:
        if context.method in endpoint.silent_on:
            context.rests_on(Q.UNMENTIONED_METHODS)
        allow = (("Allow", ", ".join(endpoint.allowed)),)
        return refuse(
            "the resource supports the method",
            fault.METHOD_NOT_ALLOWED,
            f"{context.method} is not supported here",
            headers=allow,
        )
    for question in operation.questions:
        context.rests_on(question)
    allowed = AllowedRequest(
        context,
        request.resource,
        endpoint,
        request.variables,
        request.account_sid,
        request.account,
        operation,
    )
    context.reached = allowed
    return allowed


def check_parameters(request: AllowedRequest) -> ValidRequest | Answer:
    """
    Refuse a form that lacks a required field, or has an invalid one.

    Source: the tables of POST parameters, and the error dictionary.
    """
    values: dict[str, str] = {}
    given: Mapping[str, str] = {}
    writes = request.context.method in ("POST", "PUT")
    _note_parameters_elsewhere(request, writes=writes)
    if writes:
        given = _read_form(request)
        refusal = _read_fields(request, given, values)
        if refusal is not None:
            return refusal
    valid = ValidRequest(
        request.context,
        request.resource,
        request.endpoint,
        request.variables,
        request.account_sid,
        request.account,
        request.operation,
        values,
        given,
    )
    if writes:
        for name in request.operation.requires:
            stands_against = PRECONDITIONS[name](valid)
            if stands_against is not None:
                return _refuse_by_state(valid, name, *stands_against)
    return valid


def _refuse_by_state(request: ValidRequest, name: str, error: ApiError, value: str) -> Answer:
    if error is fault.PREMIUM_CALLED and value.startswith("900"):
        request.mentions(Q.PREMIUM_NUMBERS)
    elif error is fault.PREMIUM_CALLED:
        request.rests_on(Q.PREMIUM_NUMBERS)
    others = [each for each in request.operation.requires if each != name]
    if any(PRECONDITIONS[other](request) is not None for other in others):
        request.mentions(Q.FIRST_ERROR)
    outcome = _OUTCOMES.get(error) or _decapitalize(error.message)
    answer = refuse(name.replace("_", " "), error, outcome, value=value)
    # The condition itself is known from where its code is.
    return replace(answer, rule_grade=error.evidence.grade)


_OUTCOMES = {
    fault.CALLER_NOT_VERIFIED: "Caller is neither a number of the account nor a validated one",
    fault.CALL_NOT_IN_PROGRESS: "the call is not in progress",
    fault.NO_NUMBERS_FOR_TRIAL: "a trial account buys no numbers",
    fault.SENDER_NOT_OWNED: "From is not a number of the account",
    fault.SENDER_WITHOUT_SMS: "From takes no messages",
    fault.SENDER_NOT_SANDBOX: "From of a trial account is not the sandbox",
    fault.SANDBOX_TO_UNVERIFIED: "To was not validated, and From is the sandbox",
}


def _decapitalize(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _note_parameters_elsewhere(request: AllowedRequest, *, writes: bool) -> None:
    """Keep that parameters were sent where the operation reads none."""
    http, action = request.http, request.operation.action
    # Looked for first: a request without a query is by far the most common.
    has_query = "?" in http.url and action is not Action.LIST
    if has_query and any(name != "_method" and value for name, value in http.query):
        request.rests_on(Q.PARAMETERS_ELSEWHERE)
    if not writes and http.body and any(name != "_method" and value for name, value in http.form):
        request.rests_on(Q.PARAMETERS_ELSEWHERE)


def _read_fields(
    request: AllowedRequest, given: Mapping[str, str], values: dict[str, str]
) -> Answer | None:
    """Fill *values* from *given*; return the refusal of the first field that is wrong."""
    operation = request.operation
    updates = operation.action is Action.UPDATE
    for param in operation.params:
        if param.missing is not None and not given.get(param.name):
            _note_other_errors(request, param, given)
            return _refuse_absent(request, param)
        if param.absent_question is not None and param.name not in given:
            request.rests_on(param.absent_question)
    for param in operation.params:
        sent = given.get(param.name)
        if sent:
            value = param.field_type.read(sent)
            if param.field_type.is_misspelt(sent):
                request.rests_on(Q.LETTER_CASE)
            if value is None:
                _note_other_errors(request, param, given)
                return _refuse_value(request, param, sent)
            if param.field_type is TIMEOUT and value == "0":
                request.rests_on(Q.ZERO_TIMEOUT)
            if param.field_type is DIGITS and "w" in value:
                request.rests_on(Q.SEND_DIGITS_WAIT)
            values[param.name] = value
        elif sent == "" and updates and param.sets:
            request.rests_on(Q.EMPTY_VALUE)
            values[param.name] = _clear_value(request.resource, param)
        else:
            if sent == "":
                request.mentions(Q.EMPTY_VALUE)
            if param.default:
                values[param.name] = param.default
    return None


def _refuse_absent(request: AllowedRequest, param: Param) -> Answer:
    assert param.missing is not None
    if "missing" in param.nearest_code:
        request.mentions(Q.NEAREST_CODE)
    return refuse(f"{param.name} is required", param.missing, f"{param.name} was missing")


def _note_other_errors(request: AllowedRequest, refused: Param, given: Mapping[str, str]) -> None:
    """Keep that another field is wrong as well, so that something chooses between the two."""
    for param in request.operation.params:
        sent = given.get(param.name)
        is_absent = not sent and param.missing is not None
        if param is not refused and (is_absent or (sent and param.field_type.read(sent) is None)):
            request.mentions(Q.FIRST_ERROR)
            return


def _clear_value(resource: Resource, param: Param) -> str:
    """Return the value of a cleared property. A switch is never empty: it is off."""
    prop = resource.find_property(param.sets)
    return "false" if prop is not None and prop.wire_format is WireFormat.TRUE_FALSE else ""


def _refuse_value(request: AllowedRequest, param: Param, sent: str) -> Answer:
    assert param.invalid is not None
    if param.invalid is fault.INVALID_FRIENDLY_NAME:
        request.rests_on(Q.LONG_FRIENDLY_NAME)
    if "invalid" in param.nearest_code:
        request.mentions(Q.NEAREST_CODE)
    title = param.field_type.title
    return refuse(
        f"{param.name} is {title}", param.invalid, f"{param.name} is not {title}", value=sent
    )


def _read_form(request: AllowedRequest) -> Mapping[str, str]:
    """Return the fields that the operation knows; the context keeps the others."""
    known = request.operation.names
    given: dict[str, str] = {}
    unknown: list[tuple[str, str]] = []
    for name, value in request.http.form:
        if name in given:
            request.rests_on(Q.REPEATED_PARAMETER)
        if name in known:
            given[name] = clean_text(value)
        # Empty parameters count as absent: some clients send every option that they know.
        elif value and name != "_method":
            unknown.append((clean_text(name), clean_text(value)))
    request.context.unknown = tuple(unknown)
    return given


def run_operation(request: ValidRequest) -> Answer:
    """Run the operation. Source: the pages of the resources."""
    answer = operate(request)
    if answer.status >= 400 and request.context.unknown:
        request.mentions(Q.UNKNOWN_OF_REFUSED)
    if answer.status < 400:
        _log_unknown_fields(request)
    return answer


def _log_unknown_fields(request: ValidRequest) -> None:
    """Warn in the account's notifications of each unknown field. Source: Notifications page."""
    if not request.context.unknown:
        return
    code, text = fault.UNKNOWN_PARAMETER
    # Once for all of them: with a copy each, a form of 256,000 bytes took 60 times that of 32,000.
    url, form = clean_text(request.http.url), _encode(request.http.form)
    for name, value in request.context.unknown:
        request.world.create(
            _NOTIFICATION,
            request.account,
            {
                "Log": "1",
                "ErrorCode": str(code),
                "MoreInfo": fault.ERROR_PAGE.format(code=code),
                "MessageText": text.format(name=name, value=value),
                "RequestURL": url,
                "RequestMethod": request.context.method,
                "RequestVariables": form,
            },
            {"MessageDate": request.world.clock.seconds},
        )


def _encode(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode([(clean_text(name), clean_text(value)) for name, value in pairs])
