"""How reliable an answer is: the weakest of all that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from twreplay._api import (
    QUESTIONS,
    Effect,
    Grade,
    Profile,
    Q,
    Question,
    Resource,
    find_weakest,
    grade_body,
)
from twreplay._simulator.checks.context import Answer, Many, One
from twreplay._simulator.state.instance import get_resource

_OF_HEADERS = frozenset(
    {
        Q.UNAUTHORIZED_FORM,
        Q.VALIDATORS,
        Q.METHOD_NOT_ALLOWED_FORM,
        Q.MEDIA_TYPE,
        Q.LOCATION_AND_DATE,
    }
)


# Compared by identity, which is what makes a key of it cheap: equal ones are the same one.
@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """
    The undocumented questions that one answer meets.

    Attributes:
        questions: All of them.

        rests_on: Those that the outcome rests on.
    """

    questions: tuple[Question, ...]
    rests_on: tuple[Question, ...]

    def grade(self) -> Grade:
        """Return the weakest grade of the questions."""
        return find_weakest(Grade.DOCUMENTED, *(each.grade for each in self.questions))

    def grade_headers(self) -> Grade:
        """Return the weakest grade of those about headers."""
        about = (each.grade for each in self.questions if each.number in _OF_HEADERS)
        return find_weakest(Grade.DOCUMENTED, *about)


@lru_cache(maxsize=512)
def summarize(open_questions: frozenset[Q], mentioned: frozenset[Q]) -> Met:
    """Return what an answer meets; cached, as a suite meets the same few again and again."""
    questions = tuple(QUESTIONS[number] for number in sorted(open_questions | mentioned))
    rests_on = tuple(
        each
        for each in questions
        if each.number in open_questions and each.effect is Effect.BEHAVIOR
    )
    return Met(questions, rests_on)


def grade_answer(answer: Answer, profile: Profile, met: Met) -> tuple[Mapping[str, Grade], Grade]:
    """Return the grades of rule, status, headers, body and questions, and the weakest of them."""
    content = answer.content
    if isinstance(content, One) and content.instance is not None:
        body = _grade_elements(get_resource(content.instance), profile, listed=False)
    elif isinstance(content, Many):
        body = _grade_elements(content.resource, profile, listed=True)
    elif answer.status >= 400:
        body = answer.evidence.grade
    else:
        body = Grade.DOCUMENTED
    rule = answer.rule_grade or answer.evidence.grade
    return _build(rule, answer.status_grade or answer.evidence.grade, body, met)


_graded: dict[tuple[str, bool, str], Grade] = {}


def _grade_elements(resource: Resource, profile: Profile, *, listed: bool) -> Grade:
    key = resource.name, listed, profile.name
    grade = _graded.get(key)
    if grade is None:
        grade = _graded[key] = grade_body(resource, profile, listed=listed)
    return grade


@lru_cache(maxsize=512)
def _build(rule: Grade, status: Grade, body: Grade, met: Met) -> tuple[Mapping[str, Grade], Grade]:
    grades = {
        "rule": rule,
        "status": status,
        "headers": met.grade_headers(),
        "body": body,
        "questions": met.grade(),
    }
    return MappingProxyType(grades), find_weakest(*grades.values())
