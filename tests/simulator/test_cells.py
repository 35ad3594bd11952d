"""Every path, method and status of docs/api.md, brought about once in each profile."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic
from one_of_each import fill_path, make_world
from published_reference import ALLOWED, PROFILES, list_cells, list_parameters

import twreplay

CELLS = [
    pytest.param(cell, profile, id=f"{profile}-{cell.method}-{cell.path}-{cell.status}")
    for profile in PROFILES
    for cell in list_cells(profile)
]


def request(simulator, cell, *, form=None, auth=True, path=None, headers=None):
    fields = dict(headers or {})
    if auth:
        fields["Authorization"] = encode_basic(*simulator.auth)
    body = ""
    if form:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form)
    url = simulator.base_url + (path or fill_path(simulator, cell.path))
    return twreplay.Request(cell.method, url, fields, body)


def good_form(cell):
    read = list_parameters(cell.method, cell.path)
    return {param.name: param.example for param in read if param.is_required}


def bad_form(cell):
    for param in list_parameters(cell.method, cell.path):
        if param.is_required:
            return {}
        if param.is_checked:
            return {param.name: "x" * 200 if param.kind.startswith("text") else "!"}
    return good_form(cell)


def brought_about(simulator, cell):
    if cell.by_rule:
        rule = simulator.when(cell.method)
        rule.redirect("https://media.example.com/") if cell.status == 302 else rule.fail()
        return request(simulator, cell)
    if cell.status == 401:
        return request(simulator, cell, auth=False)
    if cell.status == 405:
        return request(simulator, cell)
    if cell.status == 304:
        first = simulator.handle(request(simulator, cell))
        return request(simulator, cell, headers={"If-None-Match": first.headers["ETag"]})
    if cell.status == 404:
        if cell.resource == "TwilioSandbox":
            other = simulator.add_account(sandbox=False)
            path = cell.path.replace("{AccountSid}", other.Sid)
            headers = {"Authorization": encode_basic(other.Sid, other.AuthToken)}
            return request(simulator, cell, path=path, auth=False, headers=headers)
        path = fill_path(simulator, cell.path, missing=True)
        return request(simulator, cell, path=path, form=good_form(cell))
    if cell.status == 400:
        return request(simulator, cell, form=bad_form(cell))
    return request(simulator, cell, form=good_form(cell))


@pytest.mark.parametrize(("cell", "profile"), CELLS)
def test_status_is_answered(cell, profile):
    world = make_world(profile=profile)

    response = world.handle(brought_about(world, cell))

    assert response.status == cell.status
    assert bool(response.body) == (response.status not in (204, 304))
    if cell.status == 405:
        assert response.headers["Allow"] == ", ".join(ALLOWED[cell.path])
    if cell.status == 401:
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
