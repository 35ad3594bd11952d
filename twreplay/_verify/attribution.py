"""The rule and source that a recording contradicts, or the undocumented question."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from twreplay._api import DIFFERENCES, QUESTIONS, Effect, Evidence, Grade, Q, Question
from twreplay._inference import ParsedInteraction
from twreplay._simulator import Entry
from twreplay._verify.finding import Aspect, Finding, Mismatch

_ELEMENTS = frozenset({Aspect.MISSING, Aspect.UNEXPECTED, Aspect.ORDER})
_ROWS = frozenset({Aspect.MISSING_ROW, Aspect.UNEXPECTED_ROW, Aspect.ROW_ORDER, Aspect.COUNTER})
_BODY = _ELEMENTS | _ROWS | {Aspect.FORMAT, Aspect.VALUE, Aspect.CODE}

# The aspects that a question leaves open; a question that is not listed leaves open all.
_OPEN: Mapping[int, frozenset[Aspect]] = MappingProxyType(
    {
        Q.UNAUTHORIZED_FORM: _BODY | {Aspect.HEADER},
        Q.RELEASED_STATUS: frozenset({Aspect.FORMAT}),
        Q.METHOD_NOT_ALLOWED_FORM: _BODY | {Aspect.HEADER},
        Q.PAGING_OUT_OF_RANGE: _ROWS,
        Q.EMPTY_COUNTERS: frozenset({Aspect.COUNTER}),
        Q.EXTENSION: _BODY | {Aspect.HEADER},
        Q.ACCEPT_HEADER: _BODY | {Aspect.HEADER},
        Q.UNKNOWN_FILTER: _ROWS,
        Q.INVALID_FILTER: _ROWS,
        Q.SEGMENTS_IN_LISTS: _ROWS,
        Q.FLAGS_FILTER: _ROWS,
        Q.FOREIGN_NUMBERS: frozenset({Aspect.VALUE}),
        Q.CREATED_STATUS: frozenset(),
        Q.PAGE_TWICE: _ROWS,
        Q.UNNAMED_FILTER: _ROWS,
        Q.FIRST_ERROR: frozenset({Aspect.CODE}),
        Q.NEAREST_CODE: frozenset({Aspect.CODE}),
        # The request was answered, so question 43, plain http, does not apply.
        Q.PLAIN_HTTP: frozenset(),
    }
)
_URIS = frozenset({"uri", "firstpageuri", "nextpageuri", "previouspageuri", "lastpageuri"})
_EMPTY_COUNTERS = frozenset({"numpages", "total", "start", "end"})
_SORTED_BY_PAGE = frozenset({"Call", "Conference", "Notification", "Transcription", "SMSMessage"})

_REPRESENTATIONS = Evidence("response page, representations")
_PAGING = Evidence("response page, paging")
_CREATED = Evidence("response page, 201 CREATED")


def build_finding(difference: Mismatch, seen: ParsedInteraction, entry: Entry) -> Finding:
    """Build the finding for *difference*, with the rule or question that it rests on."""
    rule, evidence = _find_rule(difference, seen, entry)
    question = _find_question(difference, seen, entry)
    return Finding(
        difference=difference,
        rule=rule,
        source=evidence.source,
        grade=evidence.grade,
        question=question,
    )


def _find_rule(difference: Mismatch, seen: ParsedInteraction, entry: Entry) -> tuple[str, Evidence]:
    decided = entry.rule, Evidence(entry.source, _find_grade(difference, entry))
    refused = entry.response is not None and entry.response.status >= 400
    if difference.aspect in (Aspect.STATUS, Aspect.CODE) or refused:
        return decided
    if difference.aspect is Aspect.FORMAT:
        return "the path chooses the representation", _REPRESENTATIONS
    if difference.aspect is Aspect.HEADER:
        if difference.where == "Location" and difference.expected == "none":
            return "no status of POST comes with a Location", DIFFERENCES["location"].says
        if difference.where == "Location":
            return "Location names what was created", _CREATED
        return "the path chooses the representation", _REPRESENTATIONS
    if difference.aspect is Aspect.COUNTER:
        return "the counters tell where in the list the page is", _PAGING
    if seen.resource is None:
        return decided
    pages = Evidence(seen.resource.pages, Grade.DOCUMENTED)
    if difference.aspect is Aspect.ROW_ORDER:
        return f"sorted by {seen.resource.sorted_by}, the newest first", pages
    if difference.aspect in _ELEMENTS:
        return f"elements of {seen.resource.name}, in their order", pages
    if seen.operation is not None:
        return entry.rule, seen.operation.evidence
    return decided


def _find_grade(difference: Mismatch, entry: Entry) -> Grade:
    """Return the grade of the part of the answer that *difference* is about."""
    parts = {Aspect.STATUS: "status", Aspect.HEADER: "headers"}
    return entry.grades.get(parts.get(difference.aspect, "body"), entry.grade)


def _find_question(difference: Mismatch, seen: ParsedInteraction, entry: Entry) -> Question | None:
    for question in entry.questions:
        if question.effect is Effect.BEHAVIOR and question not in entry.rests_on:
            continue  # only noted: the outcome does not rest on it
        if _is_open(question, difference, seen):
            return question
    if difference.aspect is Aspect.COUNTER and difference.where in _URIS:
        return QUESTIONS[Q.PAGE_URIS]
    is_xml = difference.recorded.endswith("/xml") and difference.expected.endswith("/xml")
    if difference.where == "Content-Type" and is_xml:
        return QUESTIONS[Q.MEDIA_TYPE]
    by_page = seen.resource is not None and seen.resource.name in _SORTED_BY_PAGE
    if difference.aspect is Aspect.ROW_ORDER and not by_page:
        return QUESTIONS[Q.LIST_ORDER]
    return None


def _is_open(question: Question, difference: Mismatch, seen: ParsedInteraction) -> bool:
    aspects = _OPEN.get(question.number)
    if question.number == 11 and difference.where not in _EMPTY_COUNTERS:
        return False
    if question.number == 9:
        return _is_open_outside_xml(difference, seen)
    if question.number == 4 and difference.aspect is Aspect.STATUS:
        return seen.succeeded
    if question.number == 39:
        return difference.aspect is Aspect.VALUE and "+" in difference.expected
    if aspects is not None:
        return difference.aspect in aspects
    return question.effect is Effect.BEHAVIOR


def _is_open_outside_xml(difference: Mismatch, seen: ParsedInteraction) -> bool:
    """Return whether question 9 applies: errors, counters, empty lists outside XML."""
    if seen.document is None:
        return False
    if seen.response.status >= 400:
        return difference.aspect in _BODY - {Aspect.CODE}
    is_empty = not seen.document.rows
    return difference.aspect is Aspect.COUNTER or (is_empty and difference.aspect in _BODY)
