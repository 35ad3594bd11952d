"""The method matrix of the reference: what is supported where, and 405 for all else."""

from __future__ import annotations

import pytest
from builders import Client, client, rests_on

METHODS = ("GET", "POST", "PUT", "DELETE")

# Below the account: what is supported; whether the page mentions the other methods at all.
MATRIX = {
    "": ("GET", "POST", "PUT"),
    "/Calls": ("GET", "POST"),
    "/Calls/{CA}": ("GET", "POST"),
    "/Conferences": ("GET",),
    "/Conferences/{CF}": ("GET",),
    "/Conferences/{CF}/Participants": ("GET",),
    "/Conferences/{CF}/Participants/{PC}": ("GET", "POST", "DELETE"),
    "/IncomingPhoneNumbers": ("GET",),
    "/IncomingPhoneNumbers/{PN}": ("GET", "POST", "PUT", "DELETE"),
    "/IncomingPhoneNumbers/Local": ("GET", "POST"),
    "/IncomingPhoneNumbers/TollFree": ("GET", "POST"),
    "/Notifications": ("GET",),
    "/Notifications/{NO}": ("GET", "DELETE"),
    "/OutgoingCallerIds": ("GET", "POST"),
    "/OutgoingCallerIds/{OC}": ("GET", "POST", "PUT", "DELETE"),
    "/Recordings": ("GET",),
    "/Recordings/{RE}": ("GET", "DELETE"),
    "/Recordings/{RE}/Transcriptions": ("GET",),
    "/Recordings/{RE}/Transcriptions/{TR}": ("GET",),
    "/Transcriptions": ("GET",),
    "/Sandbox": ("GET", "POST", "PUT"),
    "/SMS/Messages": ("GET", "POST"),
    "/SMS/Messages/{SM}": ("GET",),
    "/SMS/ShortCodes": ("GET",),
    "/SMS/ShortCodes/{SC}": ("GET", "POST"),
}
UNMENTIONED = (
    "/Calls/{CA}/Segments",
    "/Calls/{CA}/Segments/{CS}",
    "/Calls/{CA}/Recordings",
    "/Calls/{CA}/Notifications",
)

REFUSED = [
    pytest.param(path, method, id=f"{method} {path or '/'}")
    for path, supported in MATRIX.items()
    for method in METHODS
    if method not in supported
]
SUPPORTED = [
    pytest.param(path, method, id=f"{method} {path or '/'}")
    for path, supported in MATRIX.items()
    for method in supported
]


def world(profile="documented") -> tuple[Client, dict[str, str]]:
    asking = client(profile=profile, undocumented="ignore")
    simulator = asking.simulator
    call = simulator.add_call(Status=1)
    segment = simulator.add_call(Sid=call.Sid, segment=True)
    conference = simulator.add_conference()
    recording = simulator.add_recording(CallSid=call.Sid)
    sids = {
        "CA": call.Sid,
        "CS": segment.CallSegmentSid,
        "CF": conference.Sid,
        "PC": simulator.add_participant(ConferenceSid=conference.Sid).CallSid,
        "PN": simulator.incoming_phone_numbers[0].Sid,
        "NO": simulator.add_notification(CallSid=call.Sid).Sid,
        "OC": simulator.add_outgoing_caller_id().Sid,
        "RE": recording.Sid,
        "TR": simulator.add_transcription(RecordingSid=recording.Sid).Sid,
        "SM": simulator.add_sms_message().Sid,
        "SC": simulator.add_short_code().Sid,
    }
    return asking, sids


@pytest.mark.parametrize(("path", "method"), REFUSED)
def test_what_the_page_calls_not_supported_is_405(path, method):
    asking, sids = world()

    answer = asking.send(method, path.format(**sids))

    assert answer.refusal == (405, 20004, "Method not allowed")
    assert answer.headers["Allow"] == ", ".join(MATRIX[path])


@pytest.mark.parametrize(("path", "method"), SUPPORTED)
def test_what_the_page_supports_is_not_405(path, method):
    asking, sids = world()

    assert asking.send(method, path.format(**sids)).status in (200, 204, 400)


@pytest.mark.parametrize("profile", ["documented", "observed"])
@pytest.mark.parametrize("overloaded", [False, True], ids=["DELETE", "POST ?_method=DELETE"])
@pytest.mark.parametrize("path", [path for path in MATRIX if "DELETE" in MATRIX[path]])
def test_delete_is_204_but_for_a_number_as_documented(path, overloaded, profile):
    asking, sids = world(profile)
    method, query = ("POST", "?_method=DELETE") if overloaded else ("DELETE", "")

    answer = asking.send(method, path.format(**sids) + query)

    if profile == "documented" and path == "/IncomingPhoneNumbers/{PN}":
        assert answer.text == '<?xml version="1.0"?>\n<TwilioResponse/>\n'
        assert answer.status == 200
    else:
        assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("overloaded", [False, True], ids=["PUT", "POST ?_method=PUT"])
@pytest.mark.parametrize("path", [path for path in MATRIX if "PUT" in MATRIX[path]])
def test_put_does_what_post_does(path, overloaded):
    form = {"FriendlyName": "A", "Url": "http://app.example/"}
    posted, sids = world()
    put, _ = world()
    method, query = ("POST", "?_method=PUT") if overloaded else ("PUT", "")

    answer = put.send(method, path.format(**sids) + query, form)

    assert answer.status == 200
    assert answer.text == posted.post(path.format(**sids), form).text


@pytest.mark.parametrize("path", ["/Calls", "/SMS/ShortCodes/{SC}", "/Conferences/{CF}"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_overloaded_method_is_405_where_it_is_not_supported(path, method):
    asking, sids = world()

    answer = asking.post(f"{path.format(**sids)}?_method={method}", {})

    assert answer.refusal == (405, 20004, "Method not allowed")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", UNMENTIONED)
def test_what_a_page_does_not_mention_is_405_and_reported(path, method):
    asking, sids = world()
    asking.simulator._undocumented = "warn"

    with rests_on(42):
        answer = asking.send(method, path.format(**sids))

    assert answer.refusal == (405, 20004, "Method not allowed")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_accounts_list_takes_neither_put_nor_delete(method):
    asking = client()

    with rests_on(42):
        answer = asking.send(method, "", url="https://api.twilio.com/2008-08-01/Accounts")

    assert answer.refusal == (405, 20004, "Method not allowed")


@pytest.mark.parametrize("path", [*MATRIX, *UNMENTIONED])
def test_everything_but_a_recording_needs_credentials(path):
    asking, sids = world()

    answer = asking.get(path.format(**sids), auth=False)

    if path == "/Recordings/{RE}":
        assert answer.status == 200
    else:
        assert answer.refusal == (401, 20003, "Authenticate")


@pytest.mark.parametrize(
    "path", [p for p in [*MATRIX, *UNMENTIONED] if "{" in p], ids=lambda p: p or "/"
)
def test_what_is_in_one_account_does_not_exist_in_another(path):
    asking, sids = world()
    other = Client(asking.simulator, asking.simulator.add_account())

    answer = other.get(path.format(**sids))

    assert answer.refusal == (404, None, "The requested resource was not found")


@pytest.mark.parametrize("path", [p for p in [*MATRIX, *UNMENTIONED] if p and "{" not in p])
def test_lists_hold_only_what_is_in_the_account(path):
    asking, sids = world()
    other = Client(asking.simulator, asking.simulator.add_account())

    assert set(sids.values()).isdisjoint(other.get(path).text.replace("<", ">").split(">"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/Queues", "/calls", "/Calls/CA1/More", "/SMS", "/Local"])
def test_paths_that_do_not_exist_are_404_whatever_the_method(path, method):
    asking = client(undocumented="ignore")

    assert asking.send(method, path).refusal == (
        404,
        None,
        "The requested resource was not found",
    )
