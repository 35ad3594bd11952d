"""The OpenAPI export, and schemathesis asking the simulator what the export promises."""

from __future__ import annotations

import json

import pytest
import schemathesis
from basic_auth import encode_basic
from click.testing import CliRunner
from command_line import main
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

import twreplay
from twreplay._api import RESOURCES, Profile
from twreplay._api.openapi import build_openapi

WANTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def populated(profile="documented"):
    simulator = twreplay.Simulator(profile=profile, undocumented="ignore")
    simulator.add_call(Sid="CA1", Status=1)
    simulator.add_call(Sid="CA1", segment=True, CallSegmentSid="CS1")
    simulator.add_recording(Sid="RE1", CallSid="CA1", Duration=1)
    simulator.add_transcription(Sid="TR1")
    simulator.add_conference(Sid="CF1")
    simulator.add_participant(ConferenceSid="CF1", CallSid="CA1")
    simulator.add_sms_message(Sid="SM1")
    simulator.add_notification(Sid="NO1", CallSid="CA1")
    simulator.add_outgoing_caller_id(Sid="PN1")
    simulator.add_incoming_phone_number(Sid="PN2")
    simulator.add_short_code(Sid="SC1")
    return simulator


def application(environ, start_response):
    """A new world for each request, so that one does not spoil the next."""
    simulator = populated()
    environ["HTTP_AUTHORIZATION"] = encode_basic(*simulator.auth)
    return twreplay.wsgi(simulator)(environ, start_response)


SCHEMA = schemathesis.openapi.from_dict(build_openapi(RESOURCES, Profile("documented"), "test"))
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE])
IDENTIFIERS = {
    "CallSid": "CA1",
    "CallSegmentSid": "CS1",
    "ConferenceSid": "CF1",
    "RecordingSid": "RE1",
}
BY_FOLDER = {
    "Calls": "CA1",
    "Conferences": "CF1",
    "Transcriptions": "TR1",
    "Recordings": "RE1",
    "Messages": "SM1",
    "Notifications": "NO1",
    "OutgoingCallerIds": "PN1",
    "IncomingPhoneNumbers": "PN2",
    "ShortCodes": "SC1",
    "Accounts": populated().account_sid,
}


@SCHEMA.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_the_simulator_keeps_its_promises(case):
    if case.path_parameters:
        folder = case.path.split("/{Sid}")[0].rpartition("/")[2]
        known = IDENTIFIERS | {"AccountSid": populated().account_sid}
        known["Sid"] = BY_FOLDER.get(folder, "none")
        case.path_parameters = {name: known[name] for name in case.path_parameters}

    response = case.call(app=application)

    checks = [check for check in CHECKS.get_all() if check.__name__ in WANTED]
    assert len(checks) == len(WANTED)
    case.validate_response(response, checks=checks)


def test_is_printed_by_the_command_line():
    printed = CliRunner().invoke(main, ["openapi", "--profile", "observed"])

    assert printed.exit_code == 0
    document = json.loads(printed.stdout)
    post = document["paths"]["/2008-08-01/Accounts/{AccountSid}/Calls"]["post"]
    assert "201" in post["responses"]
    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_every_operation_is_in_it(profile):
    document = build_openapi(RESOURCES, Profile(profile), "test")

    named = {
        (path, method)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    wanted = {
        (f"/2008-08-01{endpoint.path}{extension}", operation.method.lower())
        for resource in RESOURCES
        for endpoint in resource.endpoints
        for operation in endpoint.operations
        for extension in ("", ".json")
    }
    assert named == wanted
