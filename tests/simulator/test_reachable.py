"""
Each state of a world, reached by requests and time, and by arranging: the same representation.

What is arranged is given the state and its dates, and nothing else but what a request had in it.
"""

import pytest
from builders import NUMBER, Client, at, call, client, message

import twreplay

# What an instance is, by its Sid. Participants have none.
KINDS = {
    "AC": "account",
    "CA": "call",
    "CF": "conference",
    "NO": "notification",
    "RE": "recording",
    "SC": "short_code",
    "SM": "sms_message",
    "TR": "transcription",
}
IDENTIFIERS = ("Sid", "AuthToken", "CallSid", "ConferenceSid", "RecordingSid", "PhoneNumberSid")


def make_call(asking: Client, seconds: float, **arranged: object):
    asking.simulator.arrange_call(**arranged)
    asking.post("/Calls", call())
    asking.simulator.clock.advance(seconds)
    return asking.simulator.calls[-1]


def receive_call(asking: Client, seconds: float):
    asking.simulator.receive_call()
    asking.simulator.clock.advance(seconds)
    return asking.simulator.calls[-1]


def send(asking: Client, seconds: float, **arranged: object):
    asking.simulator.arrange_sms(**arranged)
    asking.post("/SMS/Messages", message())
    asking.simulator.clock.advance(seconds)
    return asking.simulator.sms_messages[-1]


def transcribe(asking: Client, seconds: float, **arranged: object):
    asking.simulator.arrange_transcription(**arranged)
    asking.simulator.add_transcription(Status="in-progress", goes_on=True)
    asking.simulator.clock.advance(seconds)
    return asking.simulator.transcriptions[-1]


def confer(asking: Client, how: str):
    simulator = asking.simulator
    participant = simulator.add_participant()
    (conference,) = simulator.conferences
    simulator.clock.advance(7)
    place = f"/Conferences/{conference.Sid}/Participants/{participant.CallSid}"
    if how == "muted":
        asking.post(place, {"Muted": "true"})
        return participant
    if how == "kicked":
        asking.delete(place)
    elif how == "hung up":
        simulator.hang_up(simulator.calls[-1])
    return conference


def log_unknown_parameter(asking: Client):
    asking.post("/Calls", call(foo="bar"))
    return asking.simulator.notifications[-1]


def buy(asking: Client, kind: str, **form: str):
    asking.post(f"/IncomingPhoneNumbers/{kind}", form)
    return asking.simulator.incoming_phone_numbers[-1]


def rename_number(asking: Client):
    number = asking.simulator.incoming_phone_numbers[0]
    asking.simulator.clock.advance(9)
    asking.post(f"/IncomingPhoneNumbers/{number.Sid}", {"Url": "http://a.example/"})
    return number


def validate(asking: Client):
    asking.simulator.arrange_validation()
    asking.post("/OutgoingCallerIds", {"PhoneNumber": "4155550100", "FriendlyName": "Cell"})
    asking.simulator.clock.advance(15)
    return asking.simulator.outgoing_caller_ids[-1]


def open_account(asking: Client, name: str):
    asking.post("", {"FriendlyName": name}, url="https://api.twilio.com/2008-08-01/Accounts")
    return asking.simulator.accounts[-1]


def rename_account(asking: Client):
    asking.simulator.clock.advance(3)
    asking.post("", {"FriendlyName": "Clinic"})
    return asking.simulator.accounts[0]


def run_twiml(asking: Client, twiml: str):
    def application(environ, start):
        start("200 OK", [("Content-Type", "text/xml")])
        return [f"<Response>{twiml}</Response>".encode()]

    asking.simulator.attach(application)
    asking.post("/Calls", call())
    return asking.simulator.phone("4155551212").pick_up()


def wait_in_conference(asking: Client):
    room = '<Conference startConferenceOnEnter="false">room</Conference>'
    run_twiml(asking, f"<Dial>{room}</Dial>")
    return asking.simulator.conferences[-1]


def record(asking: Client):
    run_twiml(asking, '<Record playBeep="false" action="/"/>').speak("hello", 4).press("#")
    return asking.simulator.recordings[-1]


def change_short_code(asking: Client):
    code = asking.simulator.add_short_code()
    asking.simulator.clock.advance(9)
    asking.post(f"/SMS/ShortCodes/{code.Sid}", {"SmsUrl": "http://a.example/"})
    return code


# The world after requests and time; and what of it is given when it is arranged.
TABLE = {
    "call not yet dialled": (lambda a: make_call(a, 0), ["Status"]),
    "call in progress": (lambda a: make_call(a, 5), ["Status"]),
    "call completed": (lambda a: make_call(a, 35), ["Status", "Price"]),
    "call priced": (lambda a: make_call(a, 95), []),
    "call busy": (lambda a: make_call(a, 5, outcome="busy"), ["Status"]),
    "call failed": (lambda a: make_call(a, 5, outcome="failed"), ["Status"]),
    "call not answered": (lambda a: make_call(a, 60, outcome="no-answer"), ["Status"]),
    "call from outside": (lambda a: receive_call(a, 0), ["Status", "Flags"]),
    "call from outside, over": (lambda a: receive_call(a, 30), ["Flags", "Price"]),
    "message queued": (lambda a: send(a, 0), ["Status"]),
    "message being sent": (lambda a: send(a, 1), ["Status"]),
    "message sent": (lambda a: send(a, 3), []),
    "message failed": (lambda a: send(a, 3, outcome="failed"), ["Status"]),
    "message from outside": (lambda a: a.simulator.receive_sms(), ["Flags"]),
    "transcription in progress": (lambda a: transcribe(a, 0), ["Status"]),
    "transcription completed": (lambda a: transcribe(a, 60), []),
    "transcription failed": (lambda a: transcribe(a, 60, outcome="failed"), ["Status"]),
    "conference that one waits in": (wait_in_conference, ["FriendlyName", "Status"]),
    "recording made": (record, ["Duration"]),
    "short code changed": (change_short_code, ["SmsUrl"]),
    "conference in progress": (lambda a: confer(a, "goes on"), []),
    "conference whose last was kicked": (lambda a: confer(a, "kicked"), ["Status"]),
    "conference whose last hung up": (lambda a: confer(a, "hung up"), ["Status"]),
    "participant muted": (lambda a: confer(a, "muted"), ["Muted"]),
    "notification of a request": (
        log_unknown_parameter,
        [
            *("Log", "ErrorCode", "MessageText", "RequestURL", "RequestVariables"),
            *("RequestMethod", "ResponseHeaders", "ResponseBody"),
        ],
    ),
    "number bought": (lambda a: buy(a, "Local", AreaCode="415"), ["PhoneNumber"]),
    "number bought with URLs": (
        lambda a: buy(a, "Local", Url="http://a.example/", SmsUrl="http://a.example/"),
        ["PhoneNumber", "Url", "SmsUrl"],
    ),
    "number bought toll-free": (lambda a: buy(a, "TollFree"), ["PhoneNumber"]),
    "number changed": (rename_number, ["PhoneNumber", "Url"]),
    "caller id validated": (validate, ["PhoneNumber", "FriendlyName"]),
    "account opened": (lambda a: open_account(a, "Sub"), ["FriendlyName"]),
    "account renamed": (rename_account, ["FriendlyName"]),
}


def _get_values(instance) -> dict[str, str]:
    return {name: getattr(instance, name) for name in dir(instance) if name[0] != "_"}


def _find_kind(instance) -> str:
    sid = _get_values(instance).get("Sid", "")
    if sid[:2] == "PN":
        return "incoming_phone_number" if hasattr(instance, "SmsUrl") else "outgoing_caller_id"
    return KINDS[sid[:2]] if sid else "participant"


def _get_dates(instance) -> dict[str, str]:
    values = _get_values(instance)
    return {n: v for n, v in values.items() if v and (n.startswith("Date") or n.endswith(ENDINGS))}


ENDINGS = ("Time", "MessageDate")


@pytest.mark.filterwarnings("ignore::twreplay.errors.UndocumentedBehavior")
def test_the_table_has_each_status_that_there_is():
    reached = {(_find_kind(one), one.Status) for one in map(_reach, TABLE) if _has(one)}

    assert reached == {
        *(("call", status) for status in "012345"),
        *(("conference", status) for status in "012"),
        *(("sms_message", status) for status in ("queued", "sending", "sent", "failed")),
        *(("transcription", status) for status in ("in-progress", "completed", "failed")),
        ("account", "2"),
    }


def _reach(state: str):
    return TABLE[state][0](client())


def _has(instance) -> bool:
    return hasattr(instance, "Status")


def _comparable(instance) -> dict[str, str]:
    values = _get_values(instance)
    return {n: bool(v) if n in IDENTIFIERS else v for n, v in values.items() if n != "AccountSid"}


@pytest.mark.parametrize("profile", ["documented", "observed"])
@pytest.mark.parametrize("state", TABLE)
@pytest.mark.filterwarnings("ignore::twreplay.errors.UndocumentedBehavior")
class TestEachState:
    def test_is_the_same_by_requests_and_by_arranging(self, state, profile):
        reach, names = TABLE[state]
        requested = reach(client(profile=profile))
        values, dates = _get_values(requested), _get_dates(requested)

        other = twreplay.Simulator(profile=profile, now=at("2010-06-01"))
        other.remove(other.incoming_phone_numbers[0])
        other.add_incoming_phone_number(PhoneNumber=NUMBER, DateCreated="2010-03-01")
        if state == "number changed":
            other.remove(other.incoming_phone_numbers[0])
        add = getattr(other, f"add_{_find_kind(requested)}")
        arranged = add(**{n: values[n] for n in names}, **dates)

        assert _comparable(arranged) == _comparable(requested)

    def test_is_the_same_by_change_of_one_that_is_there(self, state, profile):
        reach, names = TABLE[state]
        requested = reach(client(profile=profile))
        values, dates = _get_values(requested), _get_dates(requested)
        other = twreplay.Simulator(profile=profile, now=at("2010-02-01"))
        other.remove(other.incoming_phone_numbers[0])
        if state != "number changed":
            other.add_incoming_phone_number(PhoneNumber=NUMBER)
        fixed = {n: values[n] for n in ("PhoneNumber", "Flags") if n in values}
        add = getattr(other, f"add_{_find_kind(requested)}")
        one = add(**fixed)
        if _find_kind(requested) in ("call", "conference"):
            # Priced and over already, or not: the change says so.
            other.change(one, Status=values["Status"])

        other.change(one, **{n: values[n] for n in names if n not in fixed}, **dates)

        assert _comparable(one) == _comparable(requested)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("recording", "/Recordings/{}"),
        ("notification", "/Notifications/{}"),
        ("outgoing_caller_id", "/OutgoingCallerIds/{}"),
        ("incoming_phone_number", "/IncomingPhoneNumbers/{}"),
    ],
)
@pytest.mark.filterwarnings("ignore::twreplay.errors.UndocumentedBehavior")
def test_what_is_gone_is_gone_in_the_same_way(kind, path):
    answers = []
    for by_request in (True, False):
        asking = client()
        one = getattr(asking.simulator, f"add_{kind}")()
        if by_request:
            asking.delete(path.format(one.Sid))
        else:
            asking.simulator.remove(one)
        answers.append(
            (asking.get(path.format(one.Sid)).refusal, asking.get(path.format("")[:-1]).body)
        )

    assert answers[0] == answers[1]
