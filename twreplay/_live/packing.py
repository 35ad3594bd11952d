"""Calls and answers to messages that run, and the webhooks that are due, as data of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from twreplay._api import WEBHOOKS, parse_phone_number
from twreplay._delivery import Conversation, Webhook
from twreplay._live.marks import PhoneMark
from twreplay._live.runs import Item, Leg, LegStatus, Line, Run, Sound, Validation
from twreplay._packing import Packer
from twreplay._simulator import Instance
from twreplay._twiml import STATE_CLASSES, Instruction, check_values, list_legs

Packed: TypeAlias = dict[str, Any]

_PACKER = Packer(
    (Run, Sound, Line, Leg, LegStatus, Conversation, *STATE_CLASSES), {Instruction: check_values}
)


def pack_live(
    runs: Iterable[Run], due: Iterable[Item], requests: Sequence[Instance]
) -> dict[str, list[Packed]]:
    """
    Return what lives as data that JSON holds.

    Args:
        requests: The requests for validations, in which one of a run is found again.
    """
    return {
        "runs": [_pack_run(run, requests) for run in runs],
        "webhooks": [_pack_item(item) for item in due],
    }


def unpack_live(
    packed: Mapping[str, Any], requests: Sequence[Instance]
) -> tuple[dict[str, Run], list[Item]]:
    """
    Return the runs by Sid and the webhooks that *pack_live* packed.

    Raises:
        KeyError, TypeError, ValueError, IndexError: It is damaged.
    """
    runs = [_unpack_run(each, requests) for each in packed["runs"]]
    _check_legs(runs)
    return {run.sid: run for run in runs}, [_unpack_item(each) for each in packed["webhooks"]]


def _check_legs(runs: Iterable[Run]) -> None:
    held = {(run.leg.call, run.leg.index) for run in runs if run.leg is not None}
    for run in runs:
        for index in list_legs(run.state):
            if (run.sid, index) not in held:
                msg = f"call {run.sid} dials a leg, number {index}, that is not among the runs"
                raise ValueError(msg)


def unpack_phones(packed: Mapping[str, Any]) -> dict[str, PhoneMark]:
    """
    Return what a test took note of at each phone, by the phone's number.

    Raises:
        TypeError, ValueError, AttributeError: It is damaged.
    """
    marks = {}
    for number, (read, noticed) in packed.items():
        if parse_phone_number(number) != number or type(read) is not int:
            msg = f"there is no phone {number!r} with {read!r} messages"
            raise ValueError(msg)
        marks[number] = PhoneMark(read, frozenset(noticed))
    return marks


def _pack_run(run: Run, requests: Sequence[Instance]) -> Packed:
    packed: Packed = _PACKER.pack(replace(run, validation=None))
    if run.validation is not None:
        at = next(n for n, one in enumerate(requests) if one is run.validation.request)
        packed["validation"] = [at, run.validation.name, run.validation.failed]
    return packed


def _unpack_run(packed: Packed, requests: Sequence[Instance]) -> Run:
    parts = dict(packed)
    validation = parts.pop("validation", None)
    run: Run = _PACKER.unpack(parts)
    if validation is None:
        return run
    at, name, failed = validation
    if not isinstance(name, str) or type(failed) is not int:
        msg = f"a validation call has {name!r} and {failed!r}"
        raise TypeError(msg)
    return replace(run, validation=Validation(requests[at], name, failed))


def _pack_item(item: Item) -> Packed:
    webhook = item.webhook
    return {
        "kind": webhook.kind.name,
        "url": webhook.url,
        "method": webhook.method,
        "params": [list(pair) for pair in webhook.params],
        "account_sid": webhook.account_sid,
        "conversation": _PACKER.pack(webhook.conversation),
        "fallback": list(webhook.fallback) if webhook.fallback is not None else None,
        "is_fallback": webhook.is_fallback,
        "run": item.run,
        "asked": item.asked,
    }


def _unpack_item(packed: Packed) -> Item:
    fallback = packed["fallback"]
    texts = [packed[name] for name in ("url", "method", "account_sid", "run")]
    texts += [*(fallback or ()), *(text for pair in packed["params"] for text in pair)]
    if not all(isinstance(text, str) for text in texts):
        msg = f"a webhook has {next(text for text in texts if not isinstance(text, str))!r}"
        raise TypeError(msg)
    conversation = _PACKER.unpack(packed["conversation"])
    if not isinstance(conversation, Conversation) or type(packed["asked"]) is not int:
        msg = f"a webhook belongs to {conversation!r}, asked {packed['asked']!r}"
        raise TypeError(msg)
    webhook = Webhook(
        WEBHOOKS[packed["kind"]],
        packed["url"],
        packed["method"],
        tuple((name, value) for name, value in packed["params"]),
        packed["account_sid"],
        conversation,
        (fallback[0], fallback[1]) if fallback is not None else None,
        packed["is_fallback"],
    )
    return Item(webhook, packed["run"], packed["asked"])
