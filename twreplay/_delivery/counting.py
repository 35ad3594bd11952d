"""What a run counts of each webhook that an application answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twreplay._api import WEBHOOK_VALUES, WebhookAnswer
from twreplay._delivery.delivery import Outcome
from twreplay._delivery.webhook import Webhook
from twreplay._stats import WebhookTrait, current_stats

CALLBACK, VERB = "callback", "verb"

_ELEMENT = re.compile(rb"<([A-Z][A-Za-z]{1,20})[\s/>]")


def count_webhook(webhook: Webhook, outcome: Outcome) -> None:
    """Count *webhook* in the statistics of the run, if there is one."""
    tally = current_stats()
    if tally is not None:
        tally.count_webhook(_list_traits(webhook, outcome))


def _list_traits(webhook: Webhook, outcome: Outcome) -> Iterator[WebhookTrait]:
    yield CALLBACK, webhook.kind.name
    for name, value in webhook.params:
        if name in WEBHOOK_VALUES:
            yield name, value
    response = outcome.response
    if response is None or response.status >= 300 or webhook.kind.answer is WebhookAnswer.IGNORED:
        return
    for name in set(_ELEMENT.findall(response.body)):
        yield VERB, name.decode("ascii")
