"""What the outcome of a request tells of the state that it met."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from twreplay._api import RESOURCES, Action, Hidden
from twreplay._api import errors as fault
from twreplay._api.field_types import is_international, phone_number
from twreplay._inference.parsed_interaction import Sighting
from twreplay._inference.state_builder import FINAL, Knowledge
from twreplay._simulator.checks.operations import TOLL_FREE_CODES
from twreplay._simulator.state.instance import is_set, resource_of
from twreplay._simulator.state.world import Account

Clue: TypeAlias = Callable[[Knowledge, Sighting, Account], None]

_ELSEWHERE = "AC" + "f" * 32
_IN_PROGRESS = "1"
_COMPLETED = "2"
_SEARCHED = ("415", "206", "312", "646")


def heed(knowledge: Knowledge, seen: Sighting) -> None:
    """Have the state that *seen* met be one in which it could go as it went."""
    account = knowledge.account(seen)
    if account is None or seen.operation is None:
        return
    if seen.succeeded:
        clue = _OF_SUCCESS.get(seen.operation.action)
        if clue is not None:
            clue(knowledge, seen, account)
        return
    if seen.response.status == fault.NOT_FOUND.status:
        _left(knowledge, seen)
        return
    if seen.response.status == fault.NO_CALLED.status:
        of_code = _OF_CODE.get(seen.code())
        if of_code is not None:
            of_code(knowledge, seen, account)


def field(seen: Sighting, name: str) -> str:
    """The last value of a field of the form."""
    return dict(seen.request.form).get(name, "")


def _left(knowledge: Knowledge, seen: Sighting) -> None:
    """Participants come and go by themselves."""
    if seen.resource is not None and seen.resource.name == "Participant":
        participant = knowledge.target(seen)
        if participant is not None:
            knowledge.forget(participant)


def _called(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    sid = next((t for row in seen.rows for n, t in row if n == "PhoneNumberSid"), "")
    knowledge.owns(account, field(seen, "Caller"), sid if isinstance(sid, str) else "")
    called = phone_number(field(seen, "Called")) or ""
    if is_international(called):
        _be(knowledge, account, international=True)
    if account.is_trial:
        knowledge.validated(account, called)


def _sent(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    sender = field(seen, "From")
    sandbox = knowledge.world.owned(account, "TwilioSandbox")
    if sandbox is not None and sandbox.PhoneNumber == (phone_number(sender) or sender):
        knowledge.validated(account, field(seen, "To"))
        return
    _be(knowledge, account, trial=False)
    knowledge.owns(account, sender)


def _bought(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    _be(knowledge, account, trial=False)
    knowledge.world.stock.clear()


def _redirected(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    call = knowledge.target(seen)
    # One that was seen to be over stays so: then the recording is wrong.
    if call is not None and call.Status not in FINAL["Call"]:
        _status_of_call(knowledge, seen, account, _IN_PROGRESS)


def _not_redirected(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    call = knowledge.suppose(seen)
    if call is not None and call.Status in ("", _IN_PROGRESS):
        _status_of_call(knowledge, seen, account, _COMPLETED)


def _status_of_call(knowledge: Knowledge, seen: Sighting, account: Account, status: str) -> None:
    call = knowledge.target(seen)
    if call is not None:
        knowledge.world.show(resource_of(call), account, {"Status": status}, {}, {}, call)


def _not_owned(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    knowledge.disowns(account, field(seen, "Caller") or field(seen, "From"))


def _incapable(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    _be(knowledge, account, trial=False)
    knowledge.owns(account, field(seen, "From"))
    number = phone_number(field(seen, "From")) or ""
    known = knowledge.world.owned(account, "IncomingPhoneNumber", PhoneNumber=number)
    if known is not None and not is_set(known, "seen"):
        knowledge.world.show(resource_of(known), account, {}, {}, {"sms": False}, known)


def _on_trial(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    _be(knowledge, account, trial=True)
    caller = field(seen, "Caller")
    if caller:
        knowledge.owns(account, caller)


def _at_home(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    _be(knowledge, account, international=False)
    knowledge.owns(account, field(seen, "Caller"))


def _premium(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    knowledge.owns(account, field(seen, "Caller"))


def _sold_out(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    _be(knowledge, account, trial=False)
    codes = [field(seen, "AreaCode")] if field(seen, "AreaCode") else _SEARCHED + TOLL_FREE_CODES
    knowledge.world.stock.update(dict.fromkeys(codes, 0))


def _validated(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    knowledge.validated(account, field(seen, "PhoneNumber"))


def _validated_elsewhere(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    knowledge.validated(knowledge.world.know(_ELSEWHERE), field(seen, "PhoneNumber"))


def _sandbox_sends(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    number = phone_number(field(seen, "From")) or ""
    if knowledge.world.owned(account, "TwilioSandbox") is None:
        resource = next(r for r in RESOURCES if r.name == "TwilioSandbox")
        texts = {"PhoneNumber": number, "AccountSid": account.sid}
        knowledge.world.show(resource, account, texts, {}, {})


def _toll_free(knowledge: Knowledge, seen: Sighting, account: Account) -> None:
    if "Sid" not in seen.variables:
        return
    number = knowledge.suppose(seen)
    if number is not None and not is_set(number, "seen"):
        knowledge.world.show(resource_of(number), account, {}, {}, {"toll_free": True}, number)


def _be(knowledge: Knowledge, account: Account, **hidden: Hidden) -> None:
    knowledge.world.show(resource_of(account.instance), account, {}, {}, hidden, account.instance)


_OF_SUCCESS: dict[Action, Clue] = {
    Action.MAKE_CALL: _called,
    Action.SEND_SMS: _sent,
    Action.BUY_NUMBER: _bought,
    Action.REDIRECT_CALL: _redirected,
}

_OF_CODE: dict[str, Clue] = {
    str(refusal.code): clue
    for refusal, clue in (
        (fault.CALLER_NOT_VERIFIED, _not_owned),
        (fault.SENDER_NOT_OWNED, _not_owned),
        (fault.SENDER_WITHOUT_SMS, _incapable),
        (fault.CALLED_NOT_VERIFIED, _on_trial),
        (fault.NO_NUMBERS_FOR_TRIAL, _on_trial),
        (fault.SENDER_NOT_SANDBOX, _on_trial),
        (fault.INTERNATIONAL_CALLED, _at_home),
        (fault.PREMIUM_CALLED, _premium),
        (fault.NO_NUMBERS_FOUND, _sold_out),
        (fault.ALREADY_VALIDATED, _validated),
        (fault.VALIDATED_ELSEWHERE, _validated_elsewhere),
        (fault.SANDBOX_TO_UNVERIFIED, _sandbox_sends),
        (fault.CALL_NOT_IN_PROGRESS, _not_redirected),
        (fault.NUMBER_WITHOUT_SMS, _toll_free),
    )
}
