"""Conditions on the state of an account: one sentence of the reference each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from twreplay._api import ApiError, Q, is_international, is_premium
from twreplay._api import errors as fault
from twreplay._simulator.checks.context import ValidRequest
from twreplay._simulator.state.instance import Instance, get_value, is_set
from twreplay._simulator.state.store import Account

Precondition: TypeAlias = Callable[[ValidRequest], tuple[ApiError, str] | None]
"""Returns the refusal and the value that it is about; None if the precondition holds."""

_SMS_FIELDS = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod")


def _is_validated(account: Account, request: ValidRequest, number: str) -> bool:
    return request.world.find_owned(account, "OutgoingCallerId", PhoneNumber=number) is not None


def _find_number(account: Account, request: ValidRequest, number: str) -> Instance | None:
    return request.world.find_owned(account, "IncomingPhoneNumber", PhoneNumber=number)


def _find_sandbox_number(account: Account) -> str | None:
    """Return the number of the sandbox of *account*; None without one."""
    sandbox = account.stores["TwilioSandbox"].find(())
    return get_value(sandbox, "PhoneNumber") if sandbox is not None else None


def caller_is_verified(request: ValidRequest) -> tuple[ApiError, str] | None:
    """The caller id is a number of the account, or one that it validated. making-calls page."""
    account, caller = request.account, request.values["Caller"]
    if _find_number(account, request, caller) or _is_validated(account, request, caller):
        return None
    return fault.CALLER_NOT_VERIFIED, request.given["Caller"]


def called_can_be_called(request: ValidRequest) -> tuple[ApiError, str] | None:
    """Not premium; abroad only if enabled; on trial only numbers that were validated."""
    account, called = request.account, request.values["Called"]
    if is_premium(called):
        return fault.PREMIUM_CALLED, called
    if is_international(called):
        request.mentions(Q.FOREIGN_NUMBERS)
        if not account.calls_abroad:
            return fault.INTERNATIONAL_CALLED, called
    if account.is_trial and not _is_validated(account, request, called):
        return fault.CALLED_NOT_VERIFIED, called
    return None


def call_is_in_progress(request: ValidRequest) -> tuple[ApiError, str] | None:
    """Only a live call can be redirected. Changing call state page."""
    sid = request.variables["Sid"]
    call = request.world.find_owned(request.account, "Call", Sid=sid, segment=False)
    if call is not None and call.Status != "1":
        return fault.CALL_NOT_IN_PROGRESS, call.Status
    return None


def account_may_buy(request: ValidRequest) -> tuple[ApiError, str] | None:
    """Trial accounts cannot buy numbers. Incoming Phone Numbers page."""
    return (fault.NO_NUMBERS_FOR_TRIAL, "") if request.account.is_trial else None


def sms_suits_the_number(request: ValidRequest) -> tuple[ApiError, str] | None:
    """Toll-free numbers take no SMS parameters. Incoming Phone Numbers page, TollFree."""
    if not any(request.given.get(name) for name in _SMS_FIELDS):
        return None
    endpoint, account = request.endpoint, request.account
    toll_free = ("toll_free", True) in endpoint.fixed
    if "Sid" in request.variables:
        sid = request.variables["Sid"]
        number = request.world.find_owned(account, "IncomingPhoneNumber", Sid=sid)
        toll_free = number is not None and is_set(number, "toll_free")
    return (fault.NUMBER_WITHOUT_SMS, "") if toll_free else None


def fallbacks_have_urls(request: ValidRequest) -> tuple[ApiError, str] | None:
    """A fallback URL needs the URL that it is the fallback of. Error dictionary, 21405, 21406."""
    current = None
    if "Sid" in request.variables:
        sid = request.variables["Sid"]
        current = request.world.find_owned(request.account, request.resource.name, Sid=sid)
    for url, fallback, refusal in (
        ("Url", "VoiceFallbackUrl", fault.FALLBACK_WITHOUT_URL),
        ("SmsUrl", "SmsFallbackUrl", fault.SMS_FALLBACK_WITHOUT_URL),
    ):
        kept = get_value(current, url) if current is not None else ""
        if request.values.get(fallback) and not request.values.get(url, kept):
            if request.resource.name == "ShortCode":
                request.mentions(Q.NEAREST_CODE)
            return refusal, request.values[fallback]
    return None


def number_is_not_validated(request: ValidRequest) -> tuple[ApiError, str] | None:
    """A number is validated once. Error dictionary, 21450 and 21453."""
    account, number = request.account, request.values["PhoneNumber"]
    if _is_validated(account, request, number):
        return fault.ALREADY_VALIDATED, number
    for other in request.world.iterate_accounts():
        if other is not account and _is_validated(other, request, number):
            return fault.VALIDATED_ELSEWHERE, number
    return None


def sender_can_send(request: ValidRequest) -> tuple[ApiError, str] | None:
    """The sender is an SMS-capable number or a short code of the account. sending-SMS page."""
    account, sender = request.account, request.values["From"]
    if _find_sandbox_number(account) == sender:
        return None
    if account.is_trial:
        return fault.SENDER_NOT_SANDBOX, sender
    codes = account.stores["ShortCode"]
    if len(codes) and any(code.ShortCode == sender for code in codes):
        return None
    number = _find_number(account, request, sender)
    if number is None:
        return fault.SENDER_NOT_OWNED, sender
    capable = is_set(number, "sms") and not is_set(number, "toll_free")
    return None if capable else (fault.SENDER_WITHOUT_SMS, sender)


def recipient_can_be_sent_to(request: ValidRequest) -> tuple[ApiError, str] | None:
    """The sandbox sends to validated numbers only. Sandbox page; error dictionary, 21608."""
    account, recipient = request.account, request.values["To"]
    if is_international(recipient):
        request.mentions(Q.FOREIGN_NUMBERS)
    from_sandbox = _find_sandbox_number(account) == request.values["From"]
    if from_sandbox and not _is_validated(account, request, recipient):
        return fault.SANDBOX_TO_UNVERIFIED, recipient
    return None


PRECONDITIONS: Mapping[str, Precondition] = MappingProxyType(
    {
        requirement.__name__: requirement
        for requirement in (
            caller_is_verified,
            called_can_be_called,
            call_is_in_progress,
            account_may_buy,
            sms_suits_the_number,
            fallbacks_have_urls,
            number_is_not_validated,
            sender_can_send,
            recipient_can_be_sent_to,
        )
    }
)
"""The preconditions, by the names that definitions use."""
