"""The outcome of a test of unittest whose clean-up is running."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


def has_unittest_failed() -> bool:
    """
    Return whether the test of unittest that is being cleaned up has failed, or was skipped.

    A session that ``enterContext`` or ``setUp`` opened is closed without the test's exception. A
    failed ``subTest`` counts, and so does an expected failure: neither got to its end.
    """
    if "unittest.case" not in sys.modules:
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == "unittest.case":
            case = frame.f_locals.get("self")
            if (outcome := getattr(case, "_outcome", None)) is not None:
                return outcome.expectedFailure is not None or _is_listed(case, outcome.result)
        frame = frame.f_back
    return False


def _is_listed(case: object, result: Any) -> bool:
    """Return whether *result* lists *case*, or a part of it, among those that did not pass."""
    # Not by ``outcome.success``, which is True while a clean-up runs.
    for name in ("failures", "errors", "skipped"):
        for listed, _ in getattr(result, name, ()):
            if getattr(listed, "test_case", listed) is case:
                return True
    return False
