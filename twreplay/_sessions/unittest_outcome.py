"""The outcome of a test of unittest, or of a class or module of them, whose clean-up is running."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final


def has_unittest_failed() -> bool:
    """
    Return whether what is being cleaned up of unittest has failed, or was skipped.

    A session that ``enterContext`` or ``setUp`` opened is closed without the test's exception, and
    one of a class or a module without those of its tests. A failed ``subTest`` counts, and so does
    an expected failure: neither got to its end.
    """
    if "unittest.case" not in sys.modules:
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if module == "unittest.case":
            case = frame.f_locals.get("self")
            if (outcome := getattr(case, "_outcome", None)) is not None:
                return outcome.expectedFailure is not None or _is_listed(case, outcome.result)
        elif module == "unittest.suite" and frame.f_code.co_name in _WIDER:
            return _WIDER[frame.f_code.co_name](frame.f_locals)
        frame = frame.f_back
    return False


def _is_listed(case: object, result: Any) -> bool:
    """Return whether *result* lists *case*, or a part of it, among those that did not pass."""
    # Not by ``outcome.success``, which is True while a clean-up runs.
    return any(listed is case for listed in _list_not_passed(result))


def _list_not_passed(result: Any) -> Iterator[Any]:
    for name in ("failures", "errors", "skipped"):
        for listed, _ in getattr(result, name, ()):
            yield getattr(listed, "test_case", listed)


# --- what is open for a class or a module ---------------------------------------------------------


def _has_class_failed(found: dict[str, Any]) -> bool:
    cls = found.get("previousClass")
    name = f"{cls.__module__}.{cls.__qualname__}" if isinstance(cls, type) else ""
    return _has_any_failed(found, name, lambda test: type(test) is cls)


def _has_module_failed(found: dict[str, Any]) -> bool:
    name = found.get("previousModule")
    return _has_any_failed(found, str(name), lambda test: type(test).__module__ == name)


def _has_any_failed(found: dict[str, Any], name: str, is_of: Callable[[object], bool]) -> bool:
    """
    Return whether a test that *is_of* tells of did not get to its end, or a tear-down failed.

    Args:
        found: The variables of the function of unittest that cleans up.

        name: What is cleaned up, as unittest names it where its tear-down fails.
    """
    result = found.get("result")
    expected = (test for test, _ in getattr(result, "expectedFailures", ()))
    return any(
        (is_of(test) and not _is_left_out(test))
        or str(getattr(test, "description", "")).endswith(f"({name})")
        for test in (*_list_not_passed(result), *expected)
    )


def _is_left_out(test: Any) -> bool:
    """Return whether *test* is skipped by a decorator, so that it never begins."""
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    return bool(getattr(method, "__unittest_skip__", False))


# By the function of a suite that calls the clean-ups, given its variables. A set-up that failed is
# cleaned up, too.
_WIDER: Final[dict[str, Callable[[dict[str, Any]], bool]]] = {
    "_tearDownPreviousClass": _has_class_failed,
    "_handleModuleTearDown": _has_module_failed,
    "_handleClassSetUp": lambda found: bool(found.get("failed")),
    "_handleModuleFixture": lambda found: bool(
        getattr(found.get("result"), "_moduleSetUpFailed", False)
    ),
}
