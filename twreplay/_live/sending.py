"""The webhooks of calls and messages, and what the log says of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from twreplay._api import RESOURCES, VERSION
from twreplay._delivery import Conversation, Delivery, Webhook, build_webhook
from twreplay._simulator import Account, Instance, World

CALL_STATUS: Mapping[str, str] = MappingProxyType(
    {
        "0": "in-progress",
        "1": "in-progress",
        "2": "completed",
        "3": "busy",
        "4": "failed",
        "5": "no-answer",
    }
)
"""``CallStatus`` of a webhook, by the ``Status`` of the call."""

_NOTIFICATION = next(resource for resource in RESOURCES if resource.name == "Notification")
_NO_FALLBACK = ("", "")


def build_call_webhook(
    kind: str,
    call: Instance,
    values: Mapping[str, str],
    *,
    url: str,
    method: str,
    fallback: tuple[str, str] = _NO_FALLBACK,
) -> Webhook:
    """Build a webhook of *call*, or of one of its segments, with *values* besides the usual."""
    known = {
        "CallSid": call.Sid,
        "AccountSid": call.AccountSid,
        "CallSegmentSid": "",
        "Caller": call.Caller,
        "Called": call.Called,
        "CallStatus": CALL_STATUS[call.Status],
        "ApiVersion": VERSION,
    }
    return build_webhook(
        kind,
        {**known, **values},
        url=url,
        method=method,
        conversation=Conversation.of_call(call.Sid),
        fallback_url=fallback[0],
        fallback_method=fallback[1],
    )


def build_message_webhook(
    kind: str,
    message: Instance,
    status: str,
    values: Mapping[str, str] = MappingProxyType({}),
    *,
    url: str,
    method: str,
    fallback: tuple[str, str] = _NO_FALLBACK,
) -> Webhook:
    """Build a webhook of *message*, which has this *status*; *values* take the place of its own."""
    known = {
        "AccountSid": message.AccountSid,
        "SmsSid": message.Sid,
        "From": message.From,
        "To": message.To,
        "SmsStatus": status,
        "ApiVersion": VERSION,
    }
    if kind in ("sms", "sms-redirect"):
        known["Body"] = message.Body
    return build_webhook(
        kind,
        {**known, **values},
        url=url,
        method=method,
        conversation=Conversation.of_numbers(message.From, message.To),
        fallback_url=fallback[0],
        fallback_method=fallback[1],
    )


def build_audio_webhook(url: str, call_sid: str, account_sid: str) -> Webhook:
    """Build the request for the audio of a ``<Play>`` in a call."""
    conversation = Conversation.of_call(call_sid)
    return build_webhook("media", {}, url=url, conversation=conversation, account_sid=account_sid)


def log_notification(
    world: World,
    account: Account,
    delivery: Delivery | None,
    code: int,
    message: str,
    *,
    call_sid: str = "",
    log: str = "0",
) -> Instance:
    """
    Log a Notification.

    Args:
        delivery: The webhook that it is about; None for none.

        call_sid: The call that it is about, if *delivery* does not say it.

        log: ``0`` for an error, ``1`` for a warning.
    """
    webhook = delivery.webhook if delivery is not None else None
    if webhook is not None and webhook.conversation.key.startswith("CA"):
        call_sid = webhook.conversation.key
    response = delivery.response if delivery is not None else None
    if response is None and delivery is not None and delivery.exchanges:
        response = delivery.exchanges[-1].response
    values = {
        "CallSid": call_sid,
        "Log": log,
        "ErrorCode": str(code),
        "MoreInfo": f"http://www.twilio.com/docs/errors/{code}",
        "MessageText": message,
        "RequestURL": webhook.shown_url if webhook is not None else "",
        "RequestMethod": webhook.method if webhook is not None else "",
        "RequestVariables": urlencode(webhook.params) if webhook is not None else "",
        "ResponseHeaders": "",
        "ResponseBody": response.body.decode("utf-8", "replace") if response else "",
    }
    if response is not None:
        values["ResponseHeaders"] = urlencode(list(response.headers.items()))
    return world.create(_NOTIFICATION, account, values, {"MessageDate": world.clock.seconds})
