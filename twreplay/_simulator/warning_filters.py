"""Warnings of undocumented behavior: their text, and whether a filter makes them errors."""

from __future__ import annotations

import warnings

from twreplay._api import Question


def format_question(place: str, question: Question) -> str:
    """Return the text of the warning that the answer at *place* rests on *question*."""
    number = question.number
    return (
        f"{place} rests on question {number}, which nobody can answer: {question.question} "
        f"Simulated: {question.choice}. (See twreplay explain q{number}. To silence this one, "
        "in the ini file: filterwarnings = ignore:.*question "
        f"{number},:twreplay.errors.UndocumentedBehavior; to silence all: "
        'undocumented="ignore".)'
    )


def may_raise(category: type[Warning]) -> bool:
    """Return whether some filter makes an error of some warning of *category*."""
    return any(
        action == "error" and issubclass(category, filtered)
        for action, _, filtered, _, _ in warnings.filters
    )


def will_raise(warning: Warning) -> bool:
    """Return whether the first filter that is about *warning* makes an error of it."""
    text = str(warning)
    for action, message, category, module, line in warnings.filters:
        is_about = isinstance(warning, category) and (message is None or message.match(text))
        # By module and line a filter is about some calls only: then nothing is foretold.
        if is_about and module is None and line == 0:
            return action == "error"
    return False
