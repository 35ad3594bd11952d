"""How a test steers a simulated world: what will happen in it, and what happens now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NoReturn

from twreplay._api import NUMBER_OR_SHORT_CODE, is_international, parse_phone_number
from twreplay._numbers import is_finite, is_number
from twreplay._other_libraries import SIMULATOR_MEMBERS
from twreplay._simulator.arranging import (
    BY_NAME,
    arrange,
    change,
    check_instance,
    find_account,
    remove,
)
from twreplay._simulator.consistency import is_taken
from twreplay._simulator.events import (
    CALL_ENDS,
    USUAL_CALL,
    add_caller_id,
    answer_call,
    cancel_events,
    complete_transcription,
    end_call,
    find_transcription_outcome,
    go_on,
    send_message,
)
from twreplay._simulator.face import Text, When, WorldFace
from twreplay._simulator.state.instance import Instance, get_resource, is_set
from twreplay._simulator.state.store import SUSPENDED, Account
from twreplay._simulator.state.world import ScriptedOutcome, Step, World
from twreplay._suggestion import check_choice, explain_misuse, find_similar
from twreplay.errors import UsageError

_KEYS = re.compile(r"[0-9*#]+")
_ANSWERED_BY = ("human", "machine")


class WorldControls(WorldFace):
    """The methods that arrange a world, and those that change it."""

    if TYPE_CHECKING:
        # What the simulator has. No checker should take any name for an attribute.
        @property
        def _world(self) -> World: ...

        @property
        def _first(self) -> Account: ...

        _lock: AbstractContextManager[object]

        def _caught_up(self) -> AbstractContextManager[object]: ...

        def _settle(self) -> None: ...

    else:

        def __getattr__(self, name: str) -> NoReturn:
            __tracebackhide__ = True  # pytest shows the line that asked
            known = [known for known in dir(type(self)) if not known.startswith("_")]
            close = find_similar(name, known, limit=1)
            close = close or [known for known in known if name.rstrip("s") in known][:1]
            guess = f"; did you mean {close[0]}?" if close and not name.startswith("_") else ""
            if name in SIMULATOR_MEMBERS:
                guess = f"; in its place: {SIMULATOR_MEMBERS[name]}"
            msg = f"a Simulator has no {name}{guess}"
            raise AttributeError(msg)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        msg = (
            "a Simulator cannot be copied or pickled, as requests may be under way in it: "
            "snapshot() returns its world as data, which restore() of another one takes, and "
            "fork() undoes what a block changes."
        )
        raise UsageError(msg)

    # --- what will happen ----------------------------------------------------------------------

    @explain_misuse
    def arrange_call(
        self,
        Called: str = "",  # the API's own name
        *,
        outcome: str = "completed",
        after: float = 5,
        duration: float = 30,
        answered_by: str = "human",
        picks_up: bool | float | None = None,
        script: Iterable[Step] = (),
        AccountSid: str = "",
    ) -> None:
        """
        Script the outcome of calls made from now on, and of legs that ``<Dial>`` rings.

        Args:
            Called: Calls to this number; all calls if it is left out.

            outcome: ``completed``, ``busy``, ``failed`` or ``no-answer``.

            after: Seconds until they are answered, or turn out not to be.

            duration: Seconds until they end.

            answered_by: ``human`` or ``machine``. With ``IfMachine=Hangup`` a call that a machine
                answers ends three seconds later.

            picks_up: The seconds after which it is answered, as *after*; False for never, which is
                ``no-answer``.

            script: What the person does who answers a call of an attached application: keys
                (``"1"``, ``"42#"``), ``"say Hello"``, ``"hang up"``, or seconds to wait. Keys are
                pressed when they are asked for, after the prompt. A phone that a test picks up
                does nothing by itself.

            AccountSid: Calls of this account; of every account if it is left out.
        """
        check_choice("outcome", "value", outcome, tuple(CALL_ENDS))
        check_choice("answered_by", "value", answered_by, _ANSWERED_BY)
        if answered_by == "machine" and outcome != "completed":
            msg = f"answered_by='machine' is for calls that are answered, not outcome={outcome!r}."
            raise UsageError(msg)
        if picks_up is False:
            outcome = "no-answer"
        elif picks_up is not None and picks_up is not True:
            after = picks_up
        steps = _read_script(script)
        if steps and outcome != "completed":
            msg = f"script is for calls that are answered, not outcome={outcome!r}."
            raise UsageError(msg)
        self._arrange(
            "call",
            _read_target("Called", Called),
            ScriptedOutcome("", outcome, after, duration, AccountSid, answered_by, script=steps),
        )

    @explain_misuse
    def arrange_sms(
        self,
        To: str = "",  # the API's own name
        *,
        outcome: str = "sent",
        after: float = 3,
        AccountSid: str = "",
    ) -> None:
        """
        Script the outcome of messages sent from now on.

        Args:
            To: Messages to this number; all messages if it is left out.

            outcome: ``sent`` or ``failed``.

            after: Seconds until they are.

            AccountSid: Messages of this account; of every account if it is left out.
        """
        check_choice("outcome", "value", outcome, ("sent", "failed"))
        scripted = ScriptedOutcome("", outcome, after, account_sid=AccountSid)
        self._arrange("sms", _read_target("To", To), scripted)

    @explain_misuse
    def arrange_validation(
        self,
        PhoneNumber: str = "",  # the API's own name
        *,
        outcome: str = "validated",
        after: float = 15,
        validation_code: str = "",
        AccountSid: str = "",
    ) -> None:
        """
        Script the outcome of validation calls from now on; by default they are not answered.

        Args:
            PhoneNumber: Calls to this number; all of them if it is left out.

            outcome: ``validated``, the code is keyed in; or ``never``.

            after: Seconds until it is, on top of the request's ``CallDelay``.

            validation_code: The code that is to be keyed in, six digits; from the seed if it is
                left out.

            AccountSid: Validations of this account; of every account if it is left out.
        """
        check_choice("outcome", "value", outcome, ("validated", "never"))
        code = validation_code
        is_code = isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 6
        if code != "" and not is_code:
            msg = f"validation_code is text of six digits, not {code!r}."
            raise UsageError(msg)
        scripted = ScriptedOutcome("", outcome, after, account_sid=AccountSid, text=code)
        self._arrange("validation", _read_target("PhoneNumber", PhoneNumber), scripted)

    @explain_misuse
    def arrange_transcription(
        self,
        RecordingSid: str = "",  # the API's own name
        *,
        outcome: str = "completed",
        text: str = "hello",
        after: float = 60,
        AccountSid: str = "",
    ) -> None:
        """
        Script the outcome of transcriptions that go on from now on.

        One of a recording of more than two minutes fails, also if another outcome is scripted.

        Args:
            RecordingSid: Transcriptions of this recording; all of them if it is left out.

            outcome: ``completed`` or ``failed``.

            text: What they say when they are completed.

            after: Seconds until they are.

            AccountSid: Transcriptions of this account; of every account if it is left out.
        """
        check_choice("outcome", "value", outcome, ("completed", "failed"))
        if not isinstance(text, str):
            msg = f"text is text, not {text!r}."
            raise UsageError(msg)
        if RecordingSid and not any(r.Sid == RecordingSid for r in self.recordings):
            msg = f"there is no recording {RecordingSid!r}; add it first."
            raise UsageError(msg)
        scripted = ScriptedOutcome("", outcome, after, account_sid=AccountSid, text=text)
        self._arrange("transcription", RecordingSid, scripted)

    @explain_misuse
    def arrange_numbers(
        self,
        AreaCode: str = "",  # the API's own name
        *,
        available: int | None = None,
        numbers: Iterable[str] = (),
    ) -> None:
        """
        Set which numbers can be bought, and how many; by default any number.

        Args:
            AreaCode: The numbers with this area code; may be left out if *numbers* are given.

            available: How many are for sale; without it as many as there are *numbers*.

            numbers: The numbers that are sold next, in this order.
        """
        listed = [_read_number(number) for number in _read_list("numbers", numbers)]
        if available is None and not listed:
            msg = "arrange_numbers takes available=0, how many, or numbers=[...], which ones."
            raise UsageError(msg)
        if available is not None and (
            isinstance(available, bool) or not isinstance(available, int) or available < 0
        ):
            msg = f"available is a whole number from 0, not {available!r}."
            raise UsageError(msg)
        if not (listed and AreaCode == "") and not (
            isinstance(AreaCode, str) and len(AreaCode) == 3 and AreaCode.isdigit()
        ):
            msg = f"AreaCode is text of three digits, not {AreaCode!r}."
            raise UsageError(msg)
        by_code: dict[str, list[str]] = {AreaCode: []} if AreaCode else {}
        for number in listed:
            by_code.setdefault(number[:3], []).append(number)
        if AreaCode and len(by_code) > 1:
            other = next(n for n in listed if n[:3] != AreaCode)
            msg = f"{other} does not have the area code {AreaCode}: leave AreaCode out."
            raise UsageError(msg)
        with self._lock, self._caught_up():
            for number in listed:
                owned = is_taken(self._world, "IncomingPhoneNumber", number)
                if owned or listed.count(number) > 1:
                    msg = f"{number} cannot be sold: it is an account's, or for sale, already."
                    raise UsageError(msg)
            for code, some in by_code.items():
                self._world.for_sale[code] = tuple(some)
                self._world.stock[code] = len(some) if available is None else available

    @explain_misuse
    def arrange_prices(
        self,
        *,
        call: float | str | None = None,
        sms: float | str | None = None,
        transcription: float | str | None = None,
    ) -> None:
        """
        Set what is charged from now on, in US dollars; what is left out stays.

        Args:
            call: For each minute begun, such as ``0.02``.

            sms: For a message; only ``profile="observed"`` shows it.

            transcription: For a transcription that is completed.
        """
        given = {"call": call, "sms": sms, "transcription": transcription}
        prices = {of: _read_price(of, price) for of, price in given.items() if price is not None}
        if not prices:
            msg = "arrange_prices takes call=, sms= or transcription=, in US dollars."
            raise UsageError(msg)
        with self._lock, self._caught_up():
            self._world.prices.update(prices)

    @explain_misuse
    def key_in_code(self, PhoneNumber: str) -> None:
        """
        Complete a validation now: the code is keyed in on the phone.

        Raises:
            UsageError: No validation of *PhoneNumber* was requested.
        """
        number = parse_phone_number(str(PhoneNumber)) or ""
        with self._lock, self._caught_up():
            for account in self._world.iterate_accounts():
                name = self._world.validations.get((account.sid, number))
                if name is not None:
                    add_caller_id(self._world, account, number, name)
                    return
        msg = f"nobody asked for a validation of {PhoneNumber}: POST to OutgoingCallerIds first."
        raise UsageError(msg)

    def _arrange(self, of: str, target: str, outcome: ScriptedOutcome) -> None:
        for name, seconds in (("after", outcome.after), ("duration", outcome.lasts)):
            _check_seconds(name, seconds)
        with self._lock, self._caught_up():
            sid = outcome.account_sid
            if not isinstance(sid, str):
                msg = f"AccountSid is the Sid of an account, as text, not {sid!r}."
                raise UsageError(msg)
            if sid and sid not in self._world.accounts:
                msg = f"there is no account {sid!r}; make it first, with add_account(Sid={sid!r})."
                raise UsageError(msg)
            self._world.outcomes[of].append(replace(outcome, number=target))

    # --- what happens now ----------------------------------------------------------------------

    @explain_misuse
    def change(self, instance: Instance, **properties: Text | When) -> Instance:
        """
        Set properties of *instance* now, by their names on the wire.

        What follows from them is derived again, what cannot be is refused, as of ``add_...``, and
        what was due for it in the state before is not any more. ``DateUpdated`` is now.

        Returns:
            The same instance.

        Raises:
            UsageError: *instance* is not in the world; a property that does not exist or cannot be
                changed; an impossible value. Nothing has changed.
        """
        with self._lock, self._caught_up():
            change(self._world, instance, properties)
        self._settle()
        return instance

    @explain_misuse
    def remove(self, instance: Instance) -> None:
        """
        Take *instance* out of the world, and what cannot be without it.

        The recordings, notifications, legs and participants of a call go with it; so do the
        transcriptions of a recording, and all that an account has.

        Raises:
            UsageError: *instance* is not in the world, or is the first account.
        """
        with self._lock, self._caught_up():
            remove(self._world, instance)
        self._settle()

    @explain_misuse
    def answer(self, call: Instance, *, answered_by: str = "human") -> Instance:
        """
        Answer *call* now. It ends as ``arrange_call`` says for its number.

        Args:
            answered_by: ``human`` or ``machine``.

        Raises:
            UsageError: It was dialled already (its ``Status`` is not ``0``).
        """
        check_choice("answered_by", "value", answered_by, _ANSWERED_BY)
        with self._lock, self._caught_up():
            account = self._find(call, "answer", "Call", "0", "waiting to be answered")
            if is_set(call, "segment"):
                change(self._world, call, {"Status": "1"})
            else:
                cancel_events(self._world, account, call)
                outcome = self._world.find_outcome("call", call.Called, account.sid, USUAL_CALL)
                answer_call(self._world, account, call, outcome.lasts, answered_by)
        self._settle()
        return call

    @explain_misuse
    def hang_up(self, call: Instance) -> Instance:
        """
        End *call* now; its price follows a minute later.

        Raises:
            UsageError: It is not in progress (its ``Status`` is not ``1``).
        """
        with self._lock, self._caught_up():
            account = self._find(call, "hang_up", "Call", "1", "in progress")
            if is_set(call, "segment"):
                change(self._world, call, {"Status": "2"})
            else:
                cancel_events(self._world, account, call)
                end_call(self._world, account, call)
        self._settle()
        return call

    @explain_misuse
    def complete(self, instance: Instance, **properties: Text | When) -> Instance:
        """
        Complete a transcription, a message, a conference or a call now.

        Args:
            instance: What is in progress, or on its way.

            properties: What it has then, such as ``TranscriptionText``.

        Raises:
            UsageError: It is over already, or no such thing; or as *change*.
        """
        check_instance("complete", instance)
        name = get_resource(instance).name
        check_choice("complete", "resource", name, tuple(_COMPLETE))
        with self._lock, self._caught_up():
            if properties:
                given = {"Status": _COMPLETE[name], **properties}
                self._find(instance, "complete", name, *_UNDER_WAY[name])
                change(self._world, instance, given)
            elif name == "Call":
                self.hang_up(instance)
            elif name == "Conference":
                self._find(instance, "complete", name, *_UNDER_WAY[name])
                change(self._world, instance, {"Status": "2"})
            else:
                self._complete_due(instance, name)
        self._settle()
        return instance

    def _complete_due(self, instance: Instance, name: str) -> None:
        account = self._find(instance, "complete", name, *_UNDER_WAY[name])
        cancel_events(self._world, account, instance)
        if name == "SMSMessage":
            send_message(self._world, account, instance)
            return
        outcome = find_transcription_outcome(self._world, account, instance)
        if outcome.ends == "failed" and int(instance.Duration) > 120:
            change(self._world, instance, {"Status": "completed"})
        complete_transcription(self._world, account, instance, outcome.text or "hello")

    @explain_misuse
    def suspend(self, account: Instance | str | None = None, *, Status: str | int = 4) -> Instance:
        """
        Suspend an account now: every request of it gets 401 with code 20005.

        Args:
            account: The account or its Sid; the first one if it is left out.

            Status: 4, 16 or 32.
        """
        check_choice("suspend", "Status", str(Status), tuple(sorted(SUSPENDED, key=int)))
        return self._set_account(account, str(Status))

    @explain_misuse
    def activate(self, account: Instance | str | None = None) -> Instance:
        """Make an account active again: the one given, by itself or its Sid, or the first."""
        return self._set_account(account, "2")

    @explain_misuse
    def close(self, account: Instance | str | None = None) -> Instance:
        """Make an account inactive (Status 1): the one given, itself or its Sid, or the first."""
        return self._set_account(account, "1")

    def _set_account(self, account: Instance | str | None, status: str) -> Instance:
        with self._lock, self._caught_up():
            found = self._first.instance if account is None else account
            if isinstance(found, str):
                if found not in self._world.accounts:
                    close = find_similar(found, list(self._world.accounts), limit=1)
                    guess = f"; did you mean {close[0]}?" if close else "."
                    msg = f"there is no account {found!r}{guess}"
                    raise UsageError(msg)
                found = self._world.accounts[found].instance
            if not isinstance(found, Instance) or get_resource(found).name != "Account":
                msg = f"that takes an account, its Sid, or nothing for the first; not {found!r}."
                raise UsageError(msg)
            change(self._world, found, {"Status": status})
            return found

    @explain_misuse
    def receive_call(
        self,
        Called: str = "",  # the API's own name
        Caller: str = "4155551212",
        *,
        duration: float | None = 30,
    ) -> Instance:
        """
        Let a call come in now; it is in progress at once.

        Args:
            Called: A number of an account; the first number if it is left out.

            Caller: Who calls; empty, or a word such as ``anonymous``, if the number is withheld.

            duration: Seconds until it ends; None if it goes on until ``hang_up``.

        Raises:
            UsageError: *Called* belongs to no account, takes no calls, or its account is suspended.
        """
        if duration is not None:
            _check_seconds("duration", duration)
        with self._lock, self._caught_up():
            account, number = self._find_number(Called, "voice", "calls")
            given = {"Called": number, "Caller": Caller, "Flags": 1, "Status": 1}
            call = arrange(self._world, account, BY_NAME["Call"], given)
            if duration is not None:
                go_on(self._world, account, call, ends_after=duration)
            if self._world.live is not None:
                self._world.live.begin_call(account, call, "human")
        self._settle()
        return call

    @explain_misuse
    def receive_sms(
        self,
        To: str = "",  # the API's own name
        From: str = "4155551212",
        Body: str = "Hi",
    ) -> Instance:
        """
        Let a message come in now.

        Args:
            To: A number or short code of an account; the first number if it is left out.

            From: Who wrote it.

            Body: What it says.

        Raises:
            UsageError: *To* belongs to no account, takes no messages, or its account is suspended.
        """
        with self._lock, self._caught_up():
            account, number = self._find_number(To, "sms", "messages")
            given = {"To": number, "From": From, "Body": Body, "Flags": 1, "Status": "sent"}
            message = arrange(self._world, account, BY_NAME["SMSMessage"], given)
            if self._world.live is not None:
                self._world.live.begin_message(account, message)
        self._settle()
        return message

    def _find_number(self, given: str, flag: str, takes: str) -> tuple[Account, str]:
        """Return the account that has the number or short code *given*, and the number."""
        number = parse_phone_number(str(given)) or str(given)
        known: list[str] = []
        for account in self._world.iterate_accounts():
            for name, prop in (
                ("IncomingPhoneNumber", "PhoneNumber"),
                ("TwilioSandbox", "PhoneNumber"),
                ("ShortCode", "ShortCode"),
            ):
                for one in account.stores[name]:
                    theirs = str(getattr(one, prop))
                    can = name != "ShortCode" or flag == "sms"
                    if name == "IncomingPhoneNumber":
                        can = is_set(one, flag)
                    if number in (theirs, "") and can:
                        self._check_active(account)
                        return account, theirs
                    if number == theirs:
                        msg = f"{number} takes no {takes}: add a number that does."
                        raise UsageError(msg)
                    known.append(theirs)
        close = find_similar(number, known, limit=1) or known[:1]
        guess = f"; did you mean {close[0]}?" if close else "."
        msg = f"no account has the number {given!r}{guess}"
        raise UsageError(msg)

    def _check_active(self, account: Account) -> None:
        if account.is_suspended:
            msg = (
                f"account {account.sid} is suspended, so nothing comes in (error 10003): "
                "twilio.activate(account)."
            )
            raise UsageError(msg)

    def _find(self, instance: Instance, verb: str, name: str, *states: str) -> Account:
        """
        Return the account of *instance*, which is a *name* in one of *states*.

        Args:
            states: The statuses, and last what they are called.
        """
        account = find_account(self._world, instance, verb)
        if get_resource(instance).name != name:
            msg = f"{verb} takes a {name}, not {instance!r}."
            raise UsageError(msg)
        *possible, called = states
        if instance.Status not in possible:
            msg = (
                f"{verb}: {name} {instance.Sid} is not {called}: its Status is "
                f"{instance.Status!r}, not {' or '.join(map(repr, possible))}."
            )
            raise UsageError(msg)
        return account


_COMPLETE = {
    "Call": "2",
    "Conference": "2",
    "SMSMessage": "sent",
    "Transcription": "completed",
}
_UNDER_WAY = {
    "Call": ("1", "in progress"),
    "Conference": ("0", "1", "in progress"),
    "SMSMessage": ("queued", "sending", "on its way"),
    "Transcription": ("in-progress", "in progress"),
}


def _read_script(script: object) -> tuple[Step, ...]:
    """
    Read the steps of a script.

    Raises:
        UsageError: One of them is no step.
    """
    if isinstance(script, str) or not isinstance(script, Iterable):
        msg = f"script is a list of steps, such as ['1', 3, '#', 'hang up'], not {script!r}."
        raise UsageError(msg)
    steps = tuple(script)
    for number, step in enumerate(steps, 1):
        if isinstance(step, str) and (_KEYS.fullmatch(step) or step == "hang up"):
            continue
        if isinstance(step, str) and step.startswith("say ") and step[4:].strip():
            continue
        if is_number(step):
            _check_seconds(f"script, step {number}", step)
            continue
        msg = (
            f"script, step {number}: {step!r} is none of keys (0-9, *, #), 'say ...', 'hang up', "
            "and seconds to wait."
        )
        raise UsageError(msg)
    return steps


def _check_seconds(name: str, seconds: object) -> None:
    if not is_finite(seconds) or seconds < 0:
        msg = f"{name} is a number of seconds from 0, not {seconds!r}."
        raise UsageError(msg)
    if seconds > 10**9:
        msg = f"{name} is a number of seconds up to a billion, not {seconds!r}."
        raise UsageError(msg)


def _read_target(name: str, number: object) -> str:
    """Return a number, or a short code to write to, as the API keeps it; empty for all."""
    if number == "":
        return ""
    read = NUMBER_OR_SHORT_CODE.read if name == "To" else parse_phone_number
    found = read(number) if isinstance(number, str) else None
    if found is None:
        msg = f"{name} is a phone number, such as '4155551212', or '' for all; not {number!r}."
        raise UsageError(msg)
    return found


def _read_list(name: str, given: object) -> list[object]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        msg = f"{name} is a list of phone numbers, not {given!r}."
        raise UsageError(msg)
    return list(given)


def _read_number(given: object) -> str:
    number = parse_phone_number(given) if isinstance(given, str) else None
    if number is None or is_international(number):
        msg = f"numbers are of ten digits, such as '4155550100', not {given!r}."
        raise UsageError(msg)
    return number


def _read_price(of: str, given: object) -> str:
    try:
        price = abs(Decimal(str(given))) if not isinstance(given, bool) else None
    except InvalidOperation:
        price = None
    if price is None or not price.is_finite() or price > 10**5:
        msg = f"{of} is a price in US dollars, such as 0.03, not {given!r}."
        raise UsageError(msg)
    return f"{-price or 0:.5f}"
