"""The classes that definitions of verbs are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from twreplay._api import Evidence, Q
from twreplay._twiml.values import Value, ValueType


class Kind(StrEnum):
    """Place of a document, which decides the verbs that it may have."""

    VOICE = "voice"
    """The document of a call."""

    SMS = "sms"
    """The answer to an incoming message."""

    WHISPER = "whisper"
    """The document at ``<Number url>``, run for the called party before the two are connected."""

    WAIT = "wait"
    """The document at ``<Conference waitUrl>``."""


def _make_no_codes() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """
    One attribute of a verb or noun.

    Attributes:
        name: As in a document.

        type: The legal values.

        default: The value that counts if the attribute is absent or illegal; None for none.

        default_text: The default in words, where it is no value: ``the caller``.

        code: The code that an illegal value is logged with.

        codes_in: The code inside another verb, where it is another.

        evidence: The source of its values and its default.
    """

    name: str
    type: ValueType
    default: Value | None = None
    default_text: str = ""
    code: int
    codes_in: Mapping[str, int] = field(default_factory=_make_no_codes)
    evidence: Evidence

    @property
    def default_shown(self) -> str:
        """The default as a document would write it, or in words."""
        if self.default_text:
            return self.default_text
        if isinstance(self.default, bool):
            return str(self.default).lower()
        return "none" if self.default is None else str(self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """
    The text inside a verb or noun.

    Attributes:
        name: What the text is: ``number``.

        type: The legal text.

        code: The code that an illegal text is logged with.

        consequence: What the API does with an illegal text.

        question: The question that the consequence rests on; None if it is known.
    """

    name: str
    type: ValueType
    code: int
    consequence: str
    question: Q | None = None


class Ending(StrEnum):
    """Effect of a verb on the rest of its document."""

    NEVER = "the next verb follows"
    ALWAYS = "the rest is never reached"
    WITH_ACTION = "with action the rest is never reached"
    UNLESS_NOTHING = "the rest is reached only if nothing was entered or recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """
    One element of TwiML: a verb, or a noun inside one.

    Attributes:
        name: The element's name.

        summary: What it does, as a sentence.

        attributes: In the order of its page.

        content: The text inside it; None if it takes none.

        children: The elements that may be inside it.

        child_code: The code that another element inside it is logged with.

        ending: What becomes of the verbs after it.

        evidence: The source of its content and its nesting.
    """

    name: str
    summary: str
    attributes: tuple[Attribute, ...] = ()
    content: Content | None = None
    children: tuple[str, ...] = ()
    child_code: int = 12200
    ending: Ending = Ending.NEVER
    evidence: Evidence

    def find_attribute(self, name: str) -> Attribute | None:
        """Return the attribute of this *name*; None if there is none."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        return None
