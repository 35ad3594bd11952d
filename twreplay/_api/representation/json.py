"""JSON: the names and the order of the XML, every value a string."""

from __future__ import annotations

import json
from collections.abc import Sequence

from twreplay._api.representation.protocol import Counters, Fields

_text = json.JSONEncoder(separators=(",", ":")).encode


class Json:
    """
    The representation of ``.json``.

    Source: response page, sample of a list; errors and instances as clients of the time read them.
    """

    media_type = "application/json"

    def render_fragment(self, name: str, fields: Fields) -> str:
        """``"Call":{"Sid":"CA...",...}``."""
        values = {key: dict(v) if isinstance(v, tuple) else v for key, v in fields}
        return f"{_text(name)}:{_text(values)}"

    def render_one(self, columns: Sequence[str], fragment: str, status: int) -> str:
        """``{"TwilioResponse":{"Call":{...}}}``."""
        return f'{{"TwilioResponse":{{{fragment}}}}}'

    def render_list(
        self,
        container: str,
        columns: Sequence[str],
        counters: Counters,
        fragments: Sequence[str],
        status: int,
    ) -> str:
        """``{"TwilioResponse":{"Calls":[{"Call":{...}},...]}}``, counters after the array."""
        items = ",".join([f"{{{fragment}}}" for fragment in fragments])
        beside = "".join([f",{_text(name)}:{_text(value)}" for name, value in counters])
        return f'{{"TwilioResponse":{{{_text(container)}:[{items}]{beside}}}}}'

    def render_empty(self, status: int) -> str:
        """``{"TwilioResponse":{}}``."""
        return '{"TwilioResponse":{}}'
