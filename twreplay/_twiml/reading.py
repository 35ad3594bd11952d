"""Read an answer of an application: its TwiML, audio or text, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from twreplay._api import Grade, Q, is_premium
from twreplay._explanation import shorten
from twreplay._suggestion import find_similar
from twreplay._twiml.codes import CODES, Severity
from twreplay._twiml.definition import Attribute, Ending, Kind, Verb
from twreplay._twiml.document import Document, Instruction, TwimlFinding
from twreplay._twiml.parser import LARGEST, AttributePlaces, Element, UnreadableError, parse
from twreplay._twiml.values import LONGEST_SMS, Value, has_ten_digits
from twreplay._twiml.verbs import VERBS
from twreplay._twiml.verbs.record import LONGEST_TRANSCRIBED
from twreplay._twiml.verbs.response import (
    FORBIDDEN,
    LATER,
    LATER_CONFERENCE,
    LATER_VERBS,
    VERBS_OF,
)

XML_TYPES = ("text/xml", "application/xml", "text/html")
"""Types of answers that are read as TwiML. Source: your-response page."""

AUDIO_TYPES = tuple(
    f"audio/{name}"
    for name in (
        "mpeg",
        "wav",
        "wave",
        "x-wav",
        "aiff",
        "x-aifc",
        "x-aiff",
        "x-gsm",
        "gsm",
        "ulaw",
    )
)
"""Types of audio that can be played. Source: Play page."""

_DEFAULTS: Mapping[str, Mapping[str, Value]] = MappingProxyType(
    {
        verb.name: {a.name: a.default for a in verb.attributes if a.default is not None}
        for verb in VERBS.values()
    }
)


def read_document(
    answer: str | bytes, *, url: str = "", content_type: str = "text/xml", kind: Kind = Kind.VOICE
) -> Document:
    """
    Read the answer of an application. Never raises: what is wrong is in the document's findings.

    Args:
        answer: The body.

        url: Where the answer is from.

        content_type: The header of this name; empty if there was none.

        kind: Place of the document.
    """
    media, charset = _split_type(content_type)
    size = len(answer) if isinstance(answer, bytes) else len(answer.encode("utf-8", "replace"))
    if media in AUDIO_TYPES and kind is not Kind.SMS:
        return _play_itself(url, kind)
    if size > LARGEST:
        return _fail(url, kind, 11750, 1, 1, f"the document has {size} bytes, {LARGEST} may be.")
    if media == "text/plain":
        return _say_itself(answer, charset, url, kind)
    if media and media not in XML_TYPES:
        return _fail(url, kind, 12300, 1, 1, f"an answer of type {shorten(media, 60)} is not read.")
    if kind is Kind.SMS and not answer.strip():
        return Document(url, kind)
    try:
        root = parse(answer, charset)
    except UnreadableError as error:
        return _fail(url, kind, 12100, error.line, error.column, f"{error.reason}.")
    return _Reader(answer, url, kind).read(root)


def _split_type(header: str) -> tuple[str, str]:
    media, _, rest = header.partition(";")
    charset = ""
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip("\"'")
    return media.strip().lower(), charset


def _play_itself(url: str, kind: Kind) -> Document:
    """Return the document that an audio file stands for; music for waiting begins again."""
    values = {"loop": 0 if kind is Kind.WAIT else 1, "is_here": True}
    return Document(url, kind, (Instruction("Play", 1, 1, values, url),))


def _say_itself(answer: str | bytes, charset: str, url: str, kind: Kind) -> Document:
    """Return the document that plain text stands for."""
    if isinstance(answer, bytes):
        try:
            text = answer.decode(charset or "utf-8", "replace")
        except (LookupError, ValueError):
            text = answer.decode("utf-8", "replace")
    else:
        text = answer
    if not text.strip():
        return Document(url, kind)
    name = "Sms" if kind is Kind.SMS else "Say"
    element = Element(name, {}, 1, 1, text=text[:LONGEST_SMS] if kind is Kind.SMS else text)
    reader = _Reader(answer, url, kind)
    verb = reader.build(element, VERBS[name], "Response")
    if kind is Kind.SMS and len(text) > LONGEST_SMS:
        cut = TwimlFinding(
            1,
            1,
            None,
            Severity.NOTE,
            f"the text has {len(text)} characters; a message has up to {LONGEST_SMS}.",
            f"its first {LONGEST_SMS} characters are sent",
            "TwiML SMS response page: text of up to 160 characters",
            Grade.CHOSEN,
            Q.LONG_TEXT_ANSWER,
        )
        reader.findings.append(cut)
        verb = replace(verb, findings=(*verb.findings, cut))
    return Document(url, kind, (verb,), tuple(reader.findings))


def _fail(url: str, kind: Kind, code: int, line: int, column: int, message: str) -> Document:
    finding = _build_finding(line, column, code, message)
    return Document(url, kind, findings=(finding,), failure=finding)


def _build_finding(
    line: int,
    column: int,
    number: int,
    message: str,
    consequence: str = "",
    question: Q | None = None,
) -> TwimlFinding:
    code = CODES[number]
    return TwimlFinding(
        line,
        column,
        number,
        code.severity,
        message,
        consequence or code.consequence,
        code.evidence.source,
        code.evidence.grade,
        question or code.question,
    )


@dataclass(slots=True)
class _Reader:
    """Reads one document, and collects what is wrong."""

    source: str | bytes
    url: str
    kind: Kind
    findings: list[TwimlFinding] = field(default_factory=list)
    places: AttributePlaces | None = None

    def read(self, root: Element) -> Document:
        if root.name != "Response":
            said = f"the root element is {_tag(root.name)}{_suggest(root.name, ('Response',))}"
            return _fail(self.url, self.kind, 12102, root.line, root.column, said)
        self.build(root, VERBS["Response"], "")
        failure = next((found for found in self.findings if found.code == 12101), None)
        verbs = tuple(self._read_verb(child) for child in root.children)
        self._note_unreachable(verbs)
        return Document(
            self.url,
            self.kind,
            () if failure else verbs,
            tuple(sorted(self.findings, key=lambda found: (found.line, found.column))),
            failure,
        )

    def _read_verb(self, element: Element) -> Instruction:
        """Read a child of the root."""
        if element.name in VERBS_OF[self.kind]:
            return self.build(element, VERBS[element.name], "Response")
        code = _choose_code(element.name, self.kind)
        found = self._report(element, code, _describe_verb(element.name, self.kind))
        return Instruction(
            element.name,
            element.line,
            element.column,
            {},
            findings=(found,),
            is_left_out=True,
        )

    def build(self, element: Element, verb: Verb, parent: str) -> Instruction:
        """Read *element* with the definition of its *verb*, and report what is wrong."""
        before = len(self.findings)
        values = dict(_DEFAULTS[verb.name])
        illegal: set[str] = set()
        for name, text in element.attributes.items():
            attribute = verb.find_attribute(name)
            if attribute is None:
                self._report_unknown_attribute(element, verb, name)
                continue
            value = attribute.type.read(text)
            if value is None:
                illegal.add(name)
                self._report_value(element, attribute, parent, text)
            else:
                values[name] = value
        children: tuple[Instruction, ...] = ()
        if verb.name != "Response":
            children = tuple(
                self.build(child, VERBS[child.name], verb.name)
                for child in element.children
                if self._belongs(child, verb)
            )
        content, is_void = self._read_content(element, verb)
        if verb.name == "Record":
            self._relate_length(element, values)
        elif verb.name == "Dial":
            is_void = self._is_mixed(element) or is_void
        elif verb.name == "Sms":  # no default stands in for a destination that was meant
            is_void = "to" in illegal or is_void
        return Instruction(
            verb.name,
            element.line,
            element.column,
            values,
            content,
            children,
            tuple(self.findings[before:]),
            is_void=is_void,
        )

    def _belongs(self, child: Element, verb: Verb) -> bool:
        if child.name in verb.children:
            return True
        fits = _suggest(child.name, verb.children)
        said = f"{_tag(child.name)} cannot be inside {_tag(verb.name)}{fits}"
        self._report(child, verb.child_code, said)
        return False

    def _read_content(self, element: Element, verb: Verb) -> tuple[str, bool]:
        """Return the text inside *element*, and whether it is illegal."""
        content = verb.content
        if content is None or (element.children and verb.children):
            if element.text and not element.text.isspace():
                said = f"text cannot be here inside {_tag(verb.name)}."
                does = "the text is passed over"
                self._report(element, 12200, said, does, Q.TEXT_AMONG_VERBS)
            return "", False
        value = content.type.read(element.text)
        if value is not None and verb.content is VERBS["Dial"].content and is_premium(str(value)):
            said = f"calls to {value} are forbidden: it is a premium number."
            self._report(element, 13225, said)
            return str(value), True
        if value is not None:
            return str(value), False
        shown = shorten(" ".join(element.text.split()), 40)
        said = (
            f"{_tag(verb.name)} has the {content.name} {shown!r}; it takes: {content.type.title}."
            if shown
            else f"{_tag(verb.name)} has no {content.name}."
        )
        code = content.code
        if content is VERBS["Dial"].content and has_ten_digits(element.text):
            code, said = 13224, f"{shown!r} is no phone number: none begins with 0 or 1."
        self._report(element, code, said, content.consequence, content.question)
        return element.text.strip(), True

    def _report(
        self,
        element: Element,
        code: int,
        message: str,
        consequence: str = "",
        question: Q | None = None,
        *,
        attribute: str = "",
    ) -> TwimlFinding:
        line, column = element.line, element.column
        if attribute:
            if self.places is None:
                self.places = AttributePlaces(self.source)
            line, column = self.places.find(element, attribute)
        found = _build_finding(line, column, code, message, consequence, question)
        self.findings.append(found)
        return found

    def _report_unknown_attribute(self, element: Element, verb: Verb, name: str) -> None:
        if name == "xmlns" or name.startswith(("xmlns:", "xsi:")):
            return  # declarations of XML and of its schemas, which no schema forbids
        known = tuple(attribute.name for attribute in verb.attributes)
        code, why = 12200, _suggest(name, known)
        if verb.name == "Conference" and name in LATER_CONFERENCE:
            code, why = 13299, "; it came with a later version."
        said = f"{_tag(verb.name)} has no attribute {shorten(name, 40)}{why}"
        self._report(element, code, said, "the attribute is left out", attribute=name)

    def _report_value(self, element: Element, attribute: Attribute, parent: str, text: str) -> None:
        code = attribute.codes_in.get(parent, attribute.code)
        said = (
            f"{attribute.name} of {_tag(element.name)} is {shorten(text, 40)!r}; "
            f"it takes: {attribute.type.title}."
        )
        question: Q | None = Q.ILLEGAL_VALUE
        does = f"the default counts: {attribute.default_shown}"
        if code in (12101, 14101):  # no default stands in for these
            does, question = CODES[code].consequence, CODES[code].question
        self._report(element, code, said, does, question, attribute=attribute.name)

    def _relate_length(self, element: Element, values: dict[str, Value]) -> None:
        """Set ``maxLength`` and ``transcribe`` of a recording, which depend on each other."""
        transcribes = bool(values["transcribe"] or values["transcribeCallback"])
        longest = values.setdefault("maxLength", LONGEST_TRANSCRIBED if transcribes else 3600)
        if transcribes and int(longest) > LONGEST_TRANSCRIBED:
            said = f"maxLength is {longest}; up to {LONGEST_TRANSCRIBED} seconds are transcribed."
            self._report(element, 13615, said, attribute="maxLength")
            transcribes = False
        values["transcribe"] = transcribes

    def _is_mixed(self, element: Element) -> bool:
        """Return whether a ``<Dial>`` mixes its nouns, and so dials nothing."""
        if {child.name for child in element.children} >= {"Number", "Conference"}:
            self._report(element, 13000, "<Dial> has both a Number and a Conference.")
            return True
        return False

    def _note_unreachable(self, verbs: tuple[Instruction, ...]) -> None:
        """Note the first verb that no way through the document reaches."""
        for verb, after in pairwise(verbs):
            ending = Ending.NEVER if verb.is_left_out else VERBS[verb.verb].ending
            if ending is Ending.ALWAYS or (ending is Ending.WITH_ACTION and verb.text("action")):
                what = _tag(verb.verb) + (" with action" if ending is Ending.WITH_ACTION else "")
                source = VERBS[verb.verb].evidence
                self.findings.append(
                    TwimlFinding(
                        after.line,
                        after.column,
                        None,
                        Severity.NOTE,
                        f"{_tag(after.verb)} is never reached: it comes after {what}.",
                        "nothing from here on is run",
                        source.source,
                        source.grade,
                    )
                )
                return


def _choose_code(name: str, kind: Kind) -> int:
    if kind is Kind.SMS or kind is Kind.WAIT:
        return FORBIDDEN[kind]
    if name in LATER_VERBS:
        return 13750
    return FORBIDDEN[kind] if name == "Dial" else 12200


@lru_cache(maxsize=256)
def _describe_verb(name: str, kind: Kind) -> str:
    """Say what is wrong with an element that cannot be a child of the root."""
    if name in LATER_VERBS:
        return f"{_tag(name)} came with a later version ({LATER.source})."
    homes = [_tag(verb.name) for verb in VERBS.values() if name in verb.children]
    if name in VERBS["Response"].children:
        return f"{_tag(name)} cannot be in a document of kind {kind.value}."
    if homes:
        return f"{_tag(name)} belongs inside {' or '.join(homes)}."
    return f"TwiML has no verb {_tag(name)}{_suggest(name, VERBS_OF[kind])}"


def _tag(name: str) -> str:
    return f"<{shorten(name, 40)}>"


@lru_cache(maxsize=256)
def _suggest(name: str, known: tuple[str, ...]) -> str:
    """End a sentence with the nearest of *known*; names in another case before all others."""
    for one in known:
        if one.lower() == name.lower():
            return f"; did you mean {one}? Upper and lower case count."
    close = find_similar(name[:40], known, limit=1)
    return f"; did you mean {close[0]}?" if close else "."


def check(text: str | bytes, kind: Kind = Kind.VOICE) -> list[TwimlFinding]:
    """Return all that is wrong with a document, in the order of the text."""
    return list(read_document(text, kind=kind).findings)
