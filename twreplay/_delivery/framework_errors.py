"""
Exceptions that a framework turns into a 500, as its own signals report them.

The test clients of Flask and Django listen to the same, or switch the 500 off.
"""

from __future__ import annotations

import sys
from typing import Any

from twreplay._delivery.running import find_running

_SIGNALS = ("flask.signals", "django.core.signals")


class FrameworkErrors:
    """Listens while applications are attached, to the frameworks that are imported."""

    def __init__(self) -> None:
        self._heard: dict[str, Any] = {}

    def listen(self) -> None:
        """Connect to each framework that was imported since."""
        for name in _SIGNALS:
            module = sys.modules.get(name)
            if module is None or name in self._heard:
                continue
            signal = getattr(module, "got_request_exception", None)
            if signal is not None:
                signal.connect(self._note)
                self._heard[name] = signal

    def stop(self) -> None:
        """Disconnect."""
        while self._heard:
            _, signal = self._heard.popitem()
            signal.disconnect(self._note)

    def _note(self, sender: object = None, **given: Any) -> None:
        # Flask hands the exception over, Django sends in the block that caught it.
        error = given.get("exception") or sys.exc_info()[1]
        one = find_running()
        if one is not None and isinstance(error, Exception) and error not in one.exceptions:
            one.exceptions.append(error)
