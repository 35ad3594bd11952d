"""
The lists of the simulator, and how a test adds to them.

Written by scripts/generate_face.py from the definitions; edit those, and write it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias, TypedDict, Unpack

from twreplay._simulator.state.instance import Instance
from twreplay._suggestion import explain_each_misuse

When: TypeAlias = datetime | int | str | None
"""A datetime with a time zone, Unix seconds, or an RFC 2822 date."""

Text: TypeAlias = str | int | float | bool | None
"""What a property takes."""


class AccountProperties(TypedDict, total=False):
    """The properties of a Account."""

    Sid: Text
    FriendlyName: Text
    Status: Text
    StatusText: Text
    DateCreated: When
    DateUpdated: When
    AuthToken: Text
    Type: Text


class CallProperties(TypedDict, total=False):
    """The properties of a Call."""

    Sid: Text
    DateCreated: When
    DateUpdated: When
    CallSegmentSid: Text
    AccountSid: Text
    Called: Text
    Caller: Text
    PhoneNumberSid: Text
    Status: Text
    StartTime: When
    EndTime: When
    Duration: Text
    Price: Text
    Flags: Text
    Annotation: Text


class ConferenceProperties(TypedDict, total=False):
    """The properties of a Conference."""

    Sid: Text
    AccountSid: Text
    FriendlyName: Text
    Status: Text
    DateCreated: When
    DateUpdated: When


class IncomingPhoneNumberProperties(TypedDict, total=False):
    """The properties of a IncomingPhoneNumber."""

    Sid: Text
    AccountSid: Text
    FriendlyName: Text
    PhoneNumber: Text
    Url: Text
    Method: Text
    SmsUrl: Text
    SmsMethod: Text
    VoiceFallbackUrl: Text
    VoiceFallbackMethod: Text
    SmsFallbackUrl: Text
    SmsFallbackMethod: Text
    VoiceCallerIdLookup: bool | str | int
    DateCreated: When
    DateUpdated: When


class NotificationProperties(TypedDict, total=False):
    """The properties of a Notification."""

    Sid: Text
    DateCreated: When
    DateUpdated: When
    AccountSid: Text
    CallSid: Text
    Log: Text
    ErrorCode: Text
    MoreInfo: Text
    MessageText: Text
    MessageDate: When
    RequestURL: Text
    RequestMethod: Text
    RequestVariables: Text
    ResponseHeaders: Text
    ResponseBody: Text


class OutgoingCallerIdProperties(TypedDict, total=False):
    """The properties of a OutgoingCallerId."""

    Sid: Text
    AccountSid: Text
    FriendlyName: Text
    PhoneNumber: Text
    DateCreated: When
    DateUpdated: When


class ParticipantProperties(TypedDict, total=False):
    """The properties of a Participant."""

    ConferenceSid: Text
    AccountSid: Text
    CallSid: Text
    Muted: bool | str | int
    StartConferenceOnEnter: bool | str | int
    EndConferenceOnExit: bool | str | int
    DateCreated: When
    DateUpdated: When


class RecordingProperties(TypedDict, total=False):
    """The properties of a Recording."""

    Sid: Text
    AccountSid: Text
    CallSid: Text
    Duration: Text
    DateCreated: When
    DateUpdated: When


class ShortCodeProperties(TypedDict, total=False):
    """The properties of a ShortCode."""

    Sid: Text
    AccountSid: Text
    FriendlyName: Text
    ShortCode: Text
    DateCreated: When
    DateUpdated: When
    SmsUrl: Text
    SmsMethod: Text
    SmsFallbackUrl: Text
    SmsFallbackMethod: Text


class SMSMessageProperties(TypedDict, total=False):
    """The properties of a SMSMessage."""

    Sid: Text
    DateCreated: When
    DateUpdated: When
    DateSent: When
    AccountSid: Text
    To: Text
    From: Text
    Body: Text
    Status: Text
    Flags: Text
    Price: Text


class TranscriptionProperties(TypedDict, total=False):
    """The properties of a Transcription."""

    Sid: Text
    DateCreated: When
    DateUpdated: When
    AccountSid: Text
    Status: Text
    RecordingSid: Text
    Duration: Text
    TranscriptionText: Text
    Price: Text


@explain_each_misuse
class WorldFace:
    """The lists of a simulated world, in the order in which instances came to be."""

    def _list(self, resource: str) -> tuple[Instance, ...]:
        raise NotImplementedError

    def _add(self, resource: str, properties: Mapping[str, object], **options: object) -> Instance:
        raise NotImplementedError

    @property
    def accounts(self) -> tuple[Instance, ...]:
        """The accounts, in the order in which they came to be, as all that follow."""
        return self._list("Account")

    @property
    def calls(self) -> tuple[Instance, ...]:
        """The calls and their segments."""
        return self._list("Call")

    @property
    def conferences(self) -> tuple[Instance, ...]:
        """The conferences."""
        return self._list("Conference")

    @property
    def incoming_phone_numbers(self) -> tuple[Instance, ...]:
        """The phone numbers."""
        return self._list("IncomingPhoneNumber")

    @property
    def notifications(self) -> tuple[Instance, ...]:
        """The notifications."""
        return self._list("Notification")

    @property
    def outgoing_caller_ids(self) -> tuple[Instance, ...]:
        """The validated caller ids."""
        return self._list("OutgoingCallerId")

    @property
    def participants(self) -> tuple[Instance, ...]:
        """The participants of conferences."""
        return self._list("Participant")

    @property
    def recordings(self) -> tuple[Instance, ...]:
        """The recordings."""
        return self._list("Recording")

    @property
    def sandboxes(self) -> tuple[Instance, ...]:
        """The sandboxes, one for each account that has one."""
        return self._list("TwilioSandbox")

    @property
    def short_codes(self) -> tuple[Instance, ...]:
        """The short codes."""
        return self._list("ShortCode")

    @property
    def sms_messages(self) -> tuple[Instance, ...]:
        """The messages."""
        return self._list("SMSMessage")

    @property
    def transcriptions(self) -> tuple[Instance, ...]:
        """The transcriptions."""
        return self._list("Transcription")

    @property
    def validation_requests(self) -> tuple[Instance, ...]:
        """The validations requested by POST to OutgoingCallerIds, with the codes to key in."""
        return self._list("ValidationRequest")

    def add_account(
        self,
        *,
        trial: bool = False,
        international: bool = True,
        sandbox: bool = True,
        **properties: Unpack[AccountProperties],
    ) -> Instance:
        """
        Add an account, isolated from all others.

        Args:
            trial: Calls and messages go to validated numbers only, messages come from the sandbox,
                numbers cannot be bought, nothing is priced.

            international: Numbers outside the US can be called.

            sandbox: It has a sandbox.

            properties: Any property, such as ``Sid``, ``AuthToken`` or ``Status`` (4, 16 or 32 is
                suspended).
        """
        return self._add(
            "Account", properties, trial=trial, international=international, sandbox=sandbox
        )

    def add_call(
        self,
        *,
        segment: bool = False,
        goes_on: bool = False,
        ends_after: float | None = None,
        **properties: Unpack[CallProperties],
    ) -> Instance:
        """
        Add a call, completed if no ``Status`` is given; it stays as it is added.

        Args:
            segment: It is a leg that Dial made, of the call with this ``Sid``.

            goes_on: It is answered and ends as ``arrange_call`` says, like a call that a request
                made; for a ``Status`` of 0 or 1.

            ends_after: It goes on, and ends so many seconds after now, or after it is answered.

            properties: Any property, such as ``Called``, ``Caller``, ``Status`` or ``Duration``.
        """
        return self._add(
            "Call", properties, segment=segment, goes_on=goes_on, ends_after=ends_after
        )

    def add_conference(self, **properties: Unpack[ConferenceProperties]) -> Instance:
        """
        Add a conference, in progress if no ``Status`` is given.

        Args:
            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("Conference", properties)

    def add_incoming_phone_number(
        self,
        *,
        toll_free: bool | None = None,
        voice: bool = True,
        sms: bool | None = None,
        **properties: Unpack[IncomingPhoneNumberProperties],
    ) -> Instance:
        """
        Add a phone number.

        Args:
            toll_free: It is toll-free, and so takes no SMS; by default as its area code says.

            voice: It takes calls.

            sms: It takes messages; a local number does, if nothing else is said.

            properties: Any property, such as ``PhoneNumber``, ``Url`` or ``SmsUrl``.
        """
        return self._add(
            "IncomingPhoneNumber", properties, toll_free=toll_free, voice=voice, sms=sms
        )

    def add_notification(self, **properties: Unpack[NotificationProperties]) -> Instance:
        """
        Add a notification.

        Args:
            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("Notification", properties)

    def add_outgoing_caller_id(self, **properties: Unpack[OutgoingCallerIdProperties]) -> Instance:
        """
        Add a number that was validated.

        Args:
            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("OutgoingCallerId", properties)

    def add_participant(self, **properties: Unpack[ParticipantProperties]) -> Instance:
        """
        Add a participant to ``ConferenceSid``: by default to the newest in progress.

        Args:
            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("Participant", properties)

    def add_recording(
        self,
        *,
        wav: bytes | None = None,
        mp3: bytes | None = None,
        **properties: Unpack[RecordingProperties],
    ) -> Instance:
        """
        Add a recording of the call ``CallSid``: by default of the newest, or of a new one.

        Args:
            wav: The audio; silence of ``Duration`` seconds if it is left out.

            mp3: The same as MP3.

            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("Recording", properties, wav=wav, mp3=mp3)

    def add_short_code(self, **properties: Unpack[ShortCodeProperties]) -> Instance:
        """
        Add a short code.

        Args:
            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("ShortCode", properties)

    def add_sms_message(
        self,
        *,
        goes_on: bool = False,
        **properties: Unpack[SMSMessageProperties],
    ) -> Instance:
        """
        Add a message, sent if no ``Status`` is given; it stays as it is added.

        Args:
            goes_on: It is sent, or fails, as ``arrange_sms`` says; for a ``Status`` of queued or
                sending.

            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("SMSMessage", properties, goes_on=goes_on)

    def add_transcription(
        self,
        *,
        goes_on: bool = False,
        **properties: Unpack[TranscriptionProperties],
    ) -> Instance:
        """
        Add a transcription of ``RecordingSid``: by default of the newest, or of a new one.

        Args:
            goes_on: It is completed, or fails, as ``arrange_transcription`` says; for a ``Status``
                of in-progress.

            properties: Any property of the resource, by its name on the wire.
        """
        return self._add("Transcription", properties, goes_on=goes_on)
