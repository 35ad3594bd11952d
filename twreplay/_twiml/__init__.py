"""
TwiML of version 2008-08-01: what a document says, and a pure machine that runs it.

No clock, no I/O, no HTTP. Three parts:

**Data.** `VERBS` has a `Verb` for each element (attributes, values, defaults, content, nesting),
`CODES` a `Code` for each code that a document, an answer or a server can cause, `VERBS_OF` the
verbs of each `Kind` of document. Each fact has its source and its grade.

**Reading.** ``read_document(answer, url=, content_type=, kind=) -> Document`` never raises. A
`Document` has ``verbs`` to run, ``findings``, and a ``failure`` where it cannot run at all (12100,
12101, 12102, 12300, 11750). Audio and plain text are documents of one verb. ``check(text, kind)``
gives the findings alone.

**Running.** A `State` begins as ``State(Context(...))`` and expects its first document.
``step(state, input) -> Step`` gives the next ``state`` and the ``effects``, in order. One run is
one party and one kind of document: a call, the whisper of one leg, the waiting of one participant,
the answer to one message. Who runs it does this:

- *Time*: seconds since the run began. ``state.due`` is the second at which the run goes on by
  itself, or None. Move it with ``TimePassed(until)``: one large step and many small ones come to
  the same. Move it to the present before any other input.
- *Documents*: for each `Fetch`, send the request and answer with ``DocumentArrived(document)``. If
  the request fails, or ``document.failure`` is not None, ask the fallback URL first, where there is
  one, log the failure (the run logs only what it is given), and answer with that document; else
  with ``FetchFailed(code, message)``, or with the failed document, and the run logs it and ends.
  With ``is_run`` False the call is over, and any answer will do. ``document.url`` is what relative
  URLs are resolved against: the URL of the answer.
- *Keys*: a call with ``SendDigits`` begins as ``State(Context(...), activity=SendsKeys(keys))`` and
  goes on with ``TimePassed``; then it asks for its first document with a `Fetch` whose *why* is
  ``voice``. `KeysSent` needs no answer.
- *Audio*: where ``context.asks_for_audio``, after each `FetchAudio` answer with `AudioArrived`.
- *Recordings*: after ``StopRecording(is_kept=True)`` answer with ``RecordingStored(url)``.
- *Messages*: after ``SendSms(has_action=True)`` answer with ``SmsTaken(sid, status)``; status
  ``invalid`` where ``code`` is not None.
- *Legs*: after `StartDial` answer with ``LegAnswered(index)`` and ``LegEnded(index, status)``.
  After `StartWhisper` run the document in a run of kind WHISPER, and answer with
  ``WhisperEnded(index, declined)``: declined where it ended with `Hangup` or
  ``Finished(failed=True)``. `EndLeg` needs no answer, and `Connect` is when both hear each other.
- *Conferences*: after `JoinConference` run the wait document in a run of kind WAIT for as long as
  the conference has not begun. Answer with `ConferenceLeft` when the person is out of it; not after
  `LeaveConference`.
- *People*: `Pressed`, `Spoke`, `HungUp`; over REST `Redirected`.

``state.expects`` says what is needed, ``state.is_hung_up`` that the call is over, ``state.is_over``
that no request about it is due any more. An input that a state does not expect changes nothing. The
effects `Notify` and `RestsOn` are for the log and for warnings; `Reached` is for coverage.

A state, a document, an input and an effect are frozen values: they can be compared, copied,
pickled.
"""

from twreplay._twiml.answers import describe_answer, diff_answers, is_same_answer
from twreplay._twiml.codes import CODES, Cause, Code, Severity
from twreplay._twiml.definition import Attribute, Content, Ending, Kind, Verb
from twreplay._twiml.document import Document, Instruction, TwimlFinding
from twreplay._twiml.effects import (
    Connect,
    CutOff,
    Effect,
    EndLeg,
    Fetch,
    FetchAudio,
    Finished,
    Hangup,
    Heard,
    JoinConference,
    KeysLost,
    KeysSent,
    LeaveConference,
    Leg,
    Notify,
    Reached,
    RestsOn,
    SendSms,
    StartDial,
    StartRecording,
    StartWhisper,
    StopRecording,
    Told,
)
from twreplay._twiml.inputs import (
    AudioArrived,
    ConferenceLeft,
    DocumentArrived,
    FetchFailed,
    HungUp,
    Input,
    LegAnswered,
    LegEnded,
    Pressed,
    RecordingStored,
    Redirected,
    SmsTaken,
    Spoke,
    TimePassed,
    WhisperEnded,
)
from twreplay._twiml.machine import Step, step, will_record
from twreplay._twiml.packing import STATE_CLASSES, check_values, list_legs
from twreplay._twiml.parser import Element, UnreadableError, parse
from twreplay._twiml.public import check_twiml
from twreplay._twiml.reading import AUDIO_TYPES, XML_TYPES, check, read_document
from twreplay._twiml.state import Context, Durations, Expects, SendsKeys, State
from twreplay._twiml.verbs import VERBS
from twreplay._twiml.verbs.response import FORBIDDEN, VERBS_OF

__all__ = [
    "AUDIO_TYPES",
    "CODES",
    "FORBIDDEN",
    "STATE_CLASSES",
    "VERBS",
    "VERBS_OF",
    "XML_TYPES",
    "Attribute",
    "AudioArrived",
    "Cause",
    "Code",
    "ConferenceLeft",
    "Connect",
    "Content",
    "Context",
    "CutOff",
    "Document",
    "DocumentArrived",
    "Durations",
    "Effect",
    "Element",
    "EndLeg",
    "Ending",
    "Expects",
    "Fetch",
    "FetchAudio",
    "FetchFailed",
    "Finished",
    "Hangup",
    "Heard",
    "HungUp",
    "Input",
    "Instruction",
    "JoinConference",
    "KeysLost",
    "KeysSent",
    "Kind",
    "LeaveConference",
    "Leg",
    "LegAnswered",
    "LegEnded",
    "Notify",
    "Pressed",
    "Reached",
    "RecordingStored",
    "Redirected",
    "RestsOn",
    "SendSms",
    "SendsKeys",
    "Severity",
    "SmsTaken",
    "Spoke",
    "StartDial",
    "StartRecording",
    "StartWhisper",
    "State",
    "Step",
    "StopRecording",
    "TimePassed",
    "Told",
    "TwimlFinding",
    "UnreadableError",
    "Verb",
    "WhisperEnded",
    "check",
    "check_twiml",
    "check_values",
    "describe_answer",
    "diff_answers",
    "is_same_answer",
    "list_legs",
    "parse",
    "read_document",
    "step",
    "will_record",
]
