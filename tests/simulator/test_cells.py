"""Every path, method and status of docs/api.md, brought about once in each profile."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay._api import PROFILES, RESOURCES, Action, Profile
from twreplay._api.status_matrix import list_cells

CELLS = [
    pytest.param(cell, profile, id=f"{profile}-{cell.method}-{cell.endpoint.path}-{cell.status}")
    for profile in PROFILES
    for cell in list_cells(RESOURCES, Profile(profile))
]


@pytest.fixture
def world(profile):
    """One of everything, and a call that is in progress."""
    simulator = twreplay.Simulator(profile=profile, undocumented="ignore")
    simulator.add_call(Sid="CAlive", Status=1)
    simulator.add_call(Sid="CAlive", segment=True)
    simulator.add_recording(CallSid="CAlive")
    simulator.add_transcription()
    simulator.add_participant()
    simulator.add_sms_message()
    simulator.add_notification(CallSid="CAlive")
    simulator.add_outgoing_caller_id()
    simulator.add_short_code()
    return simulator


def request(simulator, cell, *, form=None, auth=True, path=None, headers=None):
    fields = dict(headers or {})
    if auth:
        fields["Authorization"] = encode_basic(*simulator.auth)
    body = ""
    if form:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form)
    url = simulator.base_url + (path or path_of(simulator, cell))
    return twreplay.Request(cell.method, url, fields, body)


def path_of(simulator, cell, *, missing=False):
    instances = {r.name: getattr(simulator, r.plural) for r in RESOURCES}
    path = cell.endpoint.path
    instance = next(
        i
        for i in instances[cell.resource.name]
        if all(i._hidden.get(name) == value for name, value in cell.endpoint.fixed)
        or cell.resource.name != "Call"
    )
    for name in cell.endpoint.names:
        value = getattr(instance, name)
        if name == "Sid" and cell.endpoint.path.startswith("/Accounts/{AccountSid}/Calls/{Sid}"):
            value = "CAlive"
        if missing and name not in ("AccountSid",):
            value = "XX00000000000000000000000000000000"
        path = path.replace(f"{{{name}}}", value)
    return path


def good_form(cell):
    operation = cell.endpoint.find_operation(cell.method)
    return {param.name: param.example for param in operation.params if param.missing}


def bad_form(cell):
    operation = cell.endpoint.find_operation(cell.method)
    for param in operation.params:
        if param.missing is not None:
            return {}
        if param.invalid is not None:
            return {
                param.name: next(b for b in ("x" * 200, "!") if param.field_type.read(b) is None)
            }
    return good_form(cell)


def brought_about(simulator, cell):
    if cell.by_rule:
        rule = simulator.when(cell.method)
        rule.redirect("https://media.example.com/") if cell.status == 302 else rule.fail()
        return request(simulator, cell)
    operation = cell.endpoint.find_operation(cell.method)
    if cell.status == 401:
        return request(simulator, cell, auth=False)
    if cell.status == 405:
        return request(simulator, cell)
    if cell.status == 304:
        first = simulator.handle(request(simulator, cell))
        return request(simulator, cell, headers={"If-None-Match": first.headers["ETag"]})
    if cell.status == 404:
        if cell.resource.name == "TwilioSandbox":
            other = simulator.add_account(sandbox=False)
            path = cell.endpoint.path.replace("{AccountSid}", other.Sid)
            headers = {"Authorization": encode_basic(other.Sid, other.AuthToken)}
            return request(simulator, cell, path=path, auth=False, headers=headers)
        path = path_of(simulator, cell, missing=True)
        return request(simulator, cell, path=path, form=good_form(cell))
    if cell.status == 400:
        return request(simulator, cell, form=bad_form(cell))
    assert operation.action in Action
    return request(simulator, cell, form=good_form(cell))


@pytest.mark.parametrize(("cell", "profile"), CELLS)
def test_status_is_answered(world, cell, profile):
    response = world.handle(brought_about(world, cell))

    assert response.status == cell.status
    assert bool(response.body) == (response.status not in (204, 304))
    if cell.status == 405:
        assert response.headers["Allow"] == ", ".join(cell.endpoint.allowed)
    if cell.status == 401:
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
