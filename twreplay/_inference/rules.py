"""Rules that infer the state before a request from its outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from twreplay._api import (
    RESOURCES,
    TOLL_FREE_CODES,
    Action,
    Hidden,
    is_international,
    parse_phone_number,
)
from twreplay._api import errors as fault
from twreplay._inference.parsed_interaction import ParsedInteraction
from twreplay._inference.state_builder import FINAL, StateBuilder
from twreplay._simulator.state.instance import get_resource, is_set
from twreplay._simulator.state.store import Account

Rule: TypeAlias = Callable[[StateBuilder, ParsedInteraction, Account], None]

_ELSEWHERE = "AC" + "f" * 32
_IN_PROGRESS = "1"
_COMPLETED = "2"
_SEARCHED = ("415", "206", "312", "646")


def apply(knowledge: StateBuilder, seen: ParsedInteraction) -> None:
    """Adjust the inferred state so that the recorded outcome was possible."""
    account = knowledge.find_account(seen)
    if account is None or seen.operation is None:
        return
    if seen.succeeded:
        clue = _OF_SUCCESS.get(seen.operation.action)
        if clue is not None:
            clue(knowledge, seen, account)
        return
    if seen.response.status == fault.NOT_FOUND.status:
        _remove_participant(knowledge, seen)
        return
    if seen.response.status == fault.NO_CALLED.status:
        of_code = _OF_CODE.get(seen.get_code())
        if of_code is not None:
            of_code(knowledge, seen, account)


def get_field(seen: ParsedInteraction, name: str) -> str:
    """Return the last value of a field of the form; empty if it is absent."""
    return dict(seen.request.form).get(name, "")


def _remove_participant(knowledge: StateBuilder, seen: ParsedInteraction) -> None:
    """Remove a participant that was not found: participants also leave without a request."""
    if seen.resource is not None and seen.resource.name == "Participant":
        participant = knowledge.find_target(seen)
        if participant is not None:
            knowledge.forget(participant)


def _infer_from_call(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    sid = next((t for row in seen.rows for n, t in row if n == "PhoneNumberSid"), "")
    knowledge.assume_owned(account, get_field(seen, "Caller"), sid if isinstance(sid, str) else "")
    called = parse_phone_number(get_field(seen, "Called")) or ""
    if is_international(called):
        _set_hidden(knowledge, account, international=True)
    if account.is_trial:
        knowledge.assume_validated(account, called)


def _infer_from_sms(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    sender = get_field(seen, "From")
    sandbox = knowledge.world.find_owned(account, "TwilioSandbox")
    if sandbox is not None and sandbox.PhoneNumber == (parse_phone_number(sender) or sender):
        knowledge.assume_validated(account, get_field(seen, "To"))
        return
    _set_hidden(knowledge, account, trial=False)
    knowledge.assume_owned(account, sender)


def _infer_from_purchase(
    knowledge: StateBuilder, seen: ParsedInteraction, account: Account
) -> None:
    _set_hidden(knowledge, account, trial=False)
    knowledge.world.stock.clear()


def _infer_from_redirect(
    knowledge: StateBuilder, seen: ParsedInteraction, account: Account
) -> None:
    call = knowledge.find_target(seen)
    # A call that was observed as finished stays finished; then the recording is wrong.
    if call is not None and call.Status not in FINAL["Call"]:
        _set_call_status(knowledge, seen, account, _IN_PROGRESS)


def _infer_from_failed_redirect(
    knowledge: StateBuilder, seen: ParsedInteraction, account: Account
) -> None:
    call = knowledge.assume(seen)
    if call is not None and call.Status in ("", _IN_PROGRESS):
        _set_call_status(knowledge, seen, account, _COMPLETED)


def _set_call_status(
    knowledge: StateBuilder, seen: ParsedInteraction, account: Account, status: str
) -> None:
    call = knowledge.find_target(seen)
    if call is not None:
        knowledge.world.put(get_resource(call), account, {"Status": status}, {}, {}, call)


def _infer_not_owned(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    knowledge.remove_ownership(account, get_field(seen, "Caller") or get_field(seen, "From"))


def _infer_no_sms(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    _set_hidden(knowledge, account, trial=False)
    knowledge.assume_owned(account, get_field(seen, "From"))
    number = parse_phone_number(get_field(seen, "From")) or ""
    known = knowledge.world.find_owned(account, "IncomingPhoneNumber", PhoneNumber=number)
    if known is not None and not is_set(known, "seen"):
        knowledge.world.put(get_resource(known), account, {}, {}, {"sms": False}, known)


def _infer_trial(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    _set_hidden(knowledge, account, trial=True)
    caller = get_field(seen, "Caller")
    if caller:
        knowledge.assume_owned(account, caller)


def _infer_domestic_only(
    knowledge: StateBuilder, seen: ParsedInteraction, account: Account
) -> None:
    _set_hidden(knowledge, account, international=False)
    knowledge.assume_owned(account, get_field(seen, "Caller"))


def _infer_owned_caller(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    knowledge.assume_owned(account, get_field(seen, "Caller"))


def _infer_sold_out(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    _set_hidden(knowledge, account, trial=False)
    codes = (
        [get_field(seen, "AreaCode")]
        if get_field(seen, "AreaCode")
        else _SEARCHED + TOLL_FREE_CODES
    )
    knowledge.world.stock.update(dict.fromkeys(codes, 0))


def _infer_validated(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    knowledge.assume_validated(account, get_field(seen, "PhoneNumber"))


def _infer_validated_elsewhere(
    knowledge: StateBuilder, seen: ParsedInteraction, account: Account
) -> None:
    knowledge.assume_validated(
        knowledge.world.ensure_account(_ELSEWHERE), get_field(seen, "PhoneNumber")
    )


def _infer_sandbox(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    number = parse_phone_number(get_field(seen, "From")) or ""
    if knowledge.world.find_owned(account, "TwilioSandbox") is None:
        resource = next(r for r in RESOURCES if r.name == "TwilioSandbox")
        texts = {"PhoneNumber": number, "AccountSid": account.sid}
        knowledge.world.put(resource, account, texts, {}, {})


def _infer_toll_free(knowledge: StateBuilder, seen: ParsedInteraction, account: Account) -> None:
    if "Sid" not in seen.variables:
        return
    number = knowledge.assume(seen)
    if number is not None and not is_set(number, "seen"):
        knowledge.world.put(get_resource(number), account, {}, {}, {"toll_free": True}, number)


def _set_hidden(knowledge: StateBuilder, account: Account, **hidden: Hidden) -> None:
    knowledge.world.put(get_resource(account.instance), account, {}, {}, hidden, account.instance)


_OF_SUCCESS: dict[Action, Rule] = {
    Action.MAKE_CALL: _infer_from_call,
    Action.SEND_SMS: _infer_from_sms,
    Action.BUY_NUMBER: _infer_from_purchase,
    Action.REDIRECT_CALL: _infer_from_redirect,
}

_OF_CODE: dict[str, Rule] = {
    str(refusal.code): clue
    for refusal, clue in (
        (fault.CALLER_NOT_VERIFIED, _infer_not_owned),
        (fault.SENDER_NOT_OWNED, _infer_not_owned),
        (fault.SENDER_WITHOUT_SMS, _infer_no_sms),
        (fault.CALLED_NOT_VERIFIED, _infer_trial),
        (fault.NO_NUMBERS_FOR_TRIAL, _infer_trial),
        (fault.SENDER_NOT_SANDBOX, _infer_trial),
        (fault.INTERNATIONAL_CALLED, _infer_domestic_only),
        (fault.PREMIUM_CALLED, _infer_owned_caller),
        (fault.NO_NUMBERS_FOUND, _infer_sold_out),
        (fault.ALREADY_VALIDATED, _infer_validated),
        (fault.VALIDATED_ELSEWHERE, _infer_validated_elsewhere),
        (fault.SANDBOX_TO_UNVERIFIED, _infer_sandbox),
        (fault.CALL_NOT_IN_PROGRESS, _infer_from_failed_redirect),
        (fault.NUMBER_WITHOUT_SMS, _infer_toll_free),
    )
}
