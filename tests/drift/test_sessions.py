"""Whatever the simulator answers agrees with its own rules, asked again from the recording."""

from __future__ import annotations

from urllib.parse import urlencode

from basic_auth import FORM_TYPE, encode_basic
from extent import choose_extent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published_reference import PROFILES
from verified import verify

from twreplay import Interaction, Request, Simulator

OWN = "4158675309"
PATHS = {
    "Calls": "calls",
    "SMS/Messages": "sms_messages",
    "IncomingPhoneNumbers": "incoming_phone_numbers",
    "OutgoingCallerIds": "outgoing_caller_ids",
    "Recordings": "recordings",
    "Transcriptions": "transcriptions",
    "Notifications": "notifications",
    "Conferences": "conferences",
    "SMS/ShortCodes": "short_codes",
}
NUMBERS = st.sampled_from(
    ["4155551212", "(415) 555-1313", OWN, "+442071838750", "9005551212", "12", ""]
)
NAMES = st.sampled_from(["Main line", "Ünïcode & <markup>", 'a,b "c"', "x" * 65, ""])
URLS = st.sampled_from(["http://app.example/voice", "not a url", ""])
EXTENSIONS = st.sampled_from(["", "", "", ".json", ".csv", ".html", ".xml"])

FORMS = {
    "call": st.fixed_dictionaries(
        {"Caller": NUMBERS, "Called": NUMBERS, "Url": URLS},
        optional={"Timeout": st.sampled_from(["5", "x"]), "Method": st.just("GET")},
    ),
    "sms": st.fixed_dictionaries(
        {"From": NUMBERS, "To": NUMBERS, "Body": st.sampled_from(["hi", "", "y" * 161, "é\n<"])}
    ),
    "number": st.fixed_dictionaries(
        {},
        optional={
            "AreaCode": st.sampled_from(["415", "866", "4", "206"]),
            "FriendlyName": NAMES,
            "Url": URLS,
            "SmsUrl": URLS,
            "VoiceFallbackUrl": URLS,
            "Unknown": st.just("1"),
        },
    ),
    "caller_id": st.fixed_dictionaries({"PhoneNumber": NUMBERS}, optional={"FriendlyName": NAMES}),
    "redirect": st.fixed_dictionaries({"CurrentUrl": URLS}),
    "muted": st.fixed_dictionaries({"Muted": st.sampled_from(["true", "false", "1"])}),
}

LIST = st.tuples(
    st.just("list"),
    st.sampled_from([*PATHS, "IncomingPhoneNumbers/Local", "IncomingPhoneNumbers/TollFree", ""]),
    EXTENSIONS,
    st.fixed_dictionaries(
        {},
        optional={
            "num": st.sampled_from(["1", "2", "1000", "x"]),
            "page": st.sampled_from(["0", "1", "7"]),
            "Status": st.sampled_from(["0", "1", "2", "9"]),
            "Called": NUMBERS,
            "FriendlyName": NAMES,
            "StartTime>": st.sampled_from(["2010-02-28", "2010-03-02"]),
        },
    ),
)
ONE = st.tuples(
    st.just("one"),
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]),
    st.sampled_from([*PATHS]),
    st.integers(0, 3),
    EXTENSIONS,
    st.sampled_from(["number", "caller_id", "redirect"]).flatmap(lambda name: FORMS[name]),
)
MAKE = st.one_of(
    st.tuples(st.just("make"), st.just("Calls"), EXTENSIONS, FORMS["call"]),
    st.tuples(st.just("make"), st.just("SMS/Messages"), EXTENSIONS, FORMS["sms"]),
    st.tuples(
        st.just("make"),
        st.sampled_from(["IncomingPhoneNumbers/Local", "IncomingPhoneNumbers/TollFree"]),
        EXTENSIONS,
        FORMS["number"],
    ),
    st.tuples(st.just("make"), st.just("OutgoingCallerIds"), EXTENSIONS, FORMS["caller_id"]),
    st.tuples(st.just("make"), st.just("Recordings"), EXTENSIONS, FORMS["call"]),
)
BELOW = st.tuples(
    st.just("below"),
    st.sampled_from(["Recordings", "Notifications", "Segments"]),
    st.integers(0, 3),
    EXTENSIONS,
)
PARTICIPANT = st.tuples(
    st.just("participant"), st.sampled_from(["GET", "POST", "DELETE", "LIST"]), FORMS["muted"]
)
ELSE = st.sampled_from(
    [
        ("wait", 4),
        ("wait", 40),
        ("wait", 100),
        ("strangers",),
        ("sandbox", "GET"),
        ("sandbox", "POST"),
        ("account", "GET"),
        ("account", "POST"),
        ("accounts", "POST"),
        ("nowhere",),
        ("rename", "IncomingPhoneNumbers"),
        ("rename", "OutgoingCallerIds"),
        ("redirect",),
        ("media",),
        ("key in",),
    ]
)
STEPS = st.lists(st.one_of(LIST, ONE, MAKE, BELOW, PARTICIPANT, ELSE), max_size=12)


class Session:
    """A client of the simulator that writes down what it is answered."""

    def __init__(self, profile: str, *, trial: bool) -> None:
        self.simulator = Simulator(profile=profile, undocumented="ignore")
        self.auth = self.simulator.auth
        self.recorded: list[Interaction] = []
        if trial:
            account = self.simulator.add_account(trial=True)
            self.auth = account.Sid, account.AuthToken
        here = {"AccountSid": self.auth[0]}
        call = self.simulator.add_call(Status=1, **here)
        self.simulator.add_call(Sid=call.Sid, segment=True, **here)
        self.simulator.add_recording(**here)
        self.simulator.add_transcription(**here)
        self.simulator.add_notification(**here)
        self.simulator.add_conference(**here)
        self.simulator.add_participant(**here)
        self.simulator.add_short_code(**here)
        if not trial:  # which has no number of its own
            self.simulator.add_incoming_phone_number(PhoneNumber="8665551212", **here)
        self.simulator.add_outgoing_caller_id(PhoneNumber="4155551313", **here)

    def send(self, method, path, form=None, *, auth=None, query=None):
        url = f"{self.simulator.base_url}/Accounts"
        url += f"/{self.auth[0]}{path}" if path is not None else ""
        url += f"?{urlencode(query)}" if query else ""
        headers = {"Authorization": encode_basic(*(auth or self.auth))}
        body = None
        if form is not None:
            headers["Content-Type"] = FORM_TYPE
            body = urlencode(form)
        request = Request(method, url, headers, body)
        self.recorded.append(Interaction(request, self.simulator.handle(request)))

    def own(self, path):
        everything = getattr(self.simulator, PATHS[path])
        return [thing for thing in everything if thing.AccountSid == self.auth[0]]

    def step(self, kind, *rest):
        getattr(self, kind.replace(" ", "_"))(*rest)

    def list(self, path, extension, query):
        self.send("GET", f"/{path}{extension}" if path else extension, query=query)

    def one(self, method, path, place, extension, form):
        own = self.own(path)
        sid = own[place % len(own)].Sid if own and place < 3 else "XX" + "0" * 32
        has_form = method in ("POST", "PUT")
        self.send(method, f"/{path}/{sid}{extension}", form if has_form else None)

    def make(self, path, extension, form):
        self.send("POST", f"/{path}{extension}", form)

    def below(self, path, place, extension):
        calls = self.own("Calls")
        sid = calls[place % len(calls)].Sid
        self.send("GET", f"/Calls/{sid}/{path}{extension}")

    def participant(self, method, form):
        conference = self.own("Conferences")[0]
        path = f"/Conferences/{conference.Sid}/Participants"
        if method == "LIST":
            self.send("GET", path)
            return
        call = self.own("Calls")[0]
        self.send(method, f"{path}/{call.Sid}", form if method == "POST" else None)

    def rename(self, path):
        for method in ("PUT", "POST"):
            for thing in self.own(path):
                form = {"FriendlyName": f"{method} Ünïcode & <markup>", "Url": ""}
                self.send(method, f"/{path}/{thing.Sid}", form)
                self.send("GET", f"/{path}/{thing.Sid}.json")

    def redirect(self):
        for call in self.own("Calls"):
            self.send("POST", f"/Calls/{call.Sid}", {"CurrentUrl": "http://app.example/"})

    def wait(self, seconds):
        self.simulator.clock.advance(seconds=seconds)

    def strangers(self):
        self.send("GET", "/Calls", auth=(self.auth[0], "wrong"))
        self.send("GET", "/Calls", auth=("AC" + "9" * 32, "wrong"))

    def sandbox(self, method):
        form = {"Url": "http://app.example/"} if method == "POST" else None
        self.send(method, "/Sandbox", form)

    def account(self, method):
        self.send(method, "", {"FriendlyName": "Reminders"} if method == "POST" else None)

    def accounts(self, method):
        self.send(method, None, {"FriendlyName": "Sub"})

    def nowhere(self):
        self.send("GET", "/Nowhere")

    def media(self):
        recording = self.own("Recordings")
        if recording:
            self.send("GET", f"/Recordings/{recording[0].Sid}.mp3")
            self.send("GET", f"/Recordings/{recording[0].Sid}")
        for transcription in self.own("Transcriptions"):
            self.send("GET", f"/Transcriptions/{transcription.Sid}.txt")

    def key_in(self):
        asked = [r for r in self.simulator.validation_requests if r.AccountSid == self.auth[0]]
        known = {c.PhoneNumber for c in self.simulator.outgoing_caller_ids}
        if asked and asked[-1].PhoneNumber not in known:
            self.simulator.key_in_code(asked[-1].PhoneNumber)


@settings(
    max_examples=choose_extent(25, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(profile=st.sampled_from(PROFILES), trial=st.booleans(), steps=STEPS)
def test_a_session_with_the_simulator_verifies_clean(examples_path, profile, trial, steps):
    session = Session(profile, trial=trial)
    for step in steps:
        session.step(*step)

    for asked in (profile, "either"):
        assert verify(examples_path / "x.yaml", session.recorded, asked).findings == []
