"""Runs of TwiML for the tests of this folder."""

from __future__ import annotations

from twreplay._twiml import (
    Context,
    DocumentArrived,
    Kind,
    Notify,
    Reached,
    RestsOn,
    State,
    read_document,
    step,
)

URL = "https://clinic.example/voice?lang=en"
CALLER, CLINIC = "4155551212", "4158675309"


class Run:
    """A run, its effects so far, and those of the last input."""

    def __init__(self, body, *, url=URL, **context):
        given = {"caller": CALLER, "called": CLINIC, **context}
        self.state = State(Context(**given))
        self.effects = []
        self.answer(body, url=url)

    def answer(self, body, url=URL, content_type="text/xml"):
        kind = self.state.context.kind
        text = (
            body if body.startswith("<?") or "<Response" in body else f"<Response>{body}</Response>"
        )
        text = body if kind is Kind.SMS and not body else text
        return self.do(
            DocumentArrived(read_document(text, url=url, content_type=content_type, kind=kind))
        )

    def do(self, given):
        before = self.state
        done = step(before, given)
        assert done == step(before, given)
        self.state = done.state
        self.last = [e for e in done.effects if not isinstance(e, Reached | RestsOn | Notify)]
        self.effects += done.effects
        return self

    def of(self, *types):
        return [effect for effect in self.effects if isinstance(effect, types)]

    @property
    def codes(self):
        return [effect.code for effect in self.of(Notify)]

    @property
    def questions(self):
        return [effect.question for effect in self.of(RestsOn)]
