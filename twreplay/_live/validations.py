"""Validation calls: the API rings a number, and asks for the code that the request was told."""

from __future__ import annotations

from dataclasses import replace

from twreplay._api import Q
from twreplay._live.runs import Run, Validation
from twreplay._live.stage import Stage
from twreplay._simulator import Due, Instance
from twreplay._simulator import live_parts as world_parts
from twreplay._twiml import Context, DocumentArrived, Kind, State, read_document

# Question 109: the wording is ours, and so is the number of attempts.
_ATTEMPTS = 3
_GATHER = '<Gather numDigits="6"><Say>{}</Say></Gather>'
_ASK = "Please enter the six digits of your validation code."
_ASK_AGAIN = f"That is not the code. {_ASK}"
_GOODBYE = "<Say>Goodbye.</Say>"
_VALIDATED = "<Response><Say>Thank you. The number is validated.</Say></Response>"
_REFUSED = f"<Response><Say>That is not the code.</Say>{_GOODBYE}</Response>"


class Validations:
    """
    The validation calls. One that was answered is a `Run` without an application.

    They are calls of the API itself: no account lists them, and no webhook tells of them.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def find_ringing(self, number: str) -> Instance | None:
        """Return the request whose call lets *number* ring now; None if there is none."""
        due = next(iter(world_parts.find_validation_calls(self._stage.world, number)), None)
        return None if due is None else self._find_request(due)

    def is_ringing(self, request: Instance) -> bool:
        """Return whether the call of *request* rings now."""
        return self._find_due(request) is not None

    def answer(self, request: Instance) -> str:
        """Answer the call of *request*, which rings; return the key of its run."""
        world, number = self._stage.world, request.PhoneNumber
        due = self._find_due(request)
        assert due is not None
        world.clock.drop(due)
        asked = world.validation_requests.index(request) + 1
        run = Run(
            f"validation {asked}",
            request.AccountSid,
            number,
            State(Context(kind=Kind.VOICE, called=number, is_outbound=True)),
            world.clock.now,
            "",
            "POST",
            validation=Validation(request, due.details["name"]),
            questions=frozenset({int(Q.VALIDATION_CALL)}),
        )
        self._stage.save(run)
        self._stage.tell(run.sid, "person", "answers")
        self._say(run, _write_question(_ASK, _ATTEMPTS))
        return run.sid

    def refuse(self, request: Instance) -> None:
        """End the call of *request*, which rings, before its time: the number is busy."""
        due = self._find_due(request)
        if due is not None:
            self._stage.world.clock.drop(due)

    def hold(self, request: Instance) -> None:
        """Let the call of *request* ring until nobody has answered."""
        due = self._find_due(request)
        if due is not None:
            world_parts.ignore_validation_call(self._stage.world, due)

    def take_digits(self, run: Run, digits: str) -> None:
        """Take *digits* for the code: the number is validated, or the call asks again."""
        validation = run.validation
        assert validation is not None
        if digits == validation.request.ValidationCode:
            world = self._stage.world
            account = world.accounts[run.account_sid]
            self._stage.tell(run.sid, "api", f"validates {run.person}")
            world_parts.add_caller_id(world, account, run.person, validation.name)
            self._say(self._stage.world.runs[run.sid], _VALIDATED)
            return
        failed = validation.failed + 1
        run = replace(run, validation=replace(validation, failed=failed))
        self._stage.save(run)
        left = _ATTEMPTS - failed
        self._say(run, _write_question(_ASK_AGAIN, left) if left else _REFUSED)

    def _say(self, run: Run, document: str) -> None:
        self._stage.feed_held(run.sid, DocumentArrived(read_document(document)))

    def _find_due(self, request: Instance) -> Due | None:
        calls = world_parts.find_validation_calls(self._stage.world, request.PhoneNumber)
        return next((due for due in calls if self._find_request(due) is request), None)

    def _find_request(self, due: Due) -> Instance | None:
        """Return the request that the call *due* is of: the newest with its code."""
        wanted = (due.account_sid, due.subject, due.details["code"])
        for request in reversed(self._stage.world.validation_requests):
            if (request.AccountSid, request.PhoneNumber, request.ValidationCode) == wanted:
                return request
        return None


def _write_question(text: str, times: int) -> str:
    """Return a document that asks so often, if nothing is keyed in."""
    asked = [_GATHER.format(text), *[_GATHER.format(_ASK)] * (times - 1)]
    return f"<Response>{''.join(asked)}{_GOODBYE}</Response>"
