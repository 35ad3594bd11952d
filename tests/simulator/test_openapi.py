"""The OpenAPI export, and schemathesis asking the simulator what the export promises."""

from __future__ import annotations

import pytest
import schemathesis
from basic_auth import encode_basic
from extent import choose_extent
from hypothesis import HealthCheck, settings
from one_of_each import borrow_world, find_identifiers
from published_reference import ALLOWED, read_openapi
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis_floor import needs_schemathesis_of_today

import twreplay

pytestmark = pytest.mark.slow

WANTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def application(environ, start_response):
    """The same world for each request, so that one does not spoil the next."""
    with borrow_world() as simulator:
        environ["HTTP_AUTHORIZATION"] = encode_basic(*simulator.auth)
        return twreplay.wsgi(simulator)(environ, start_response)


SCHEMA = schemathesis.openapi.from_dict(read_openapi())
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE])


@needs_schemathesis_of_today
@SCHEMA.parametrize()
@settings(
    max_examples=choose_extent(4, 8),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_the_simulator_keeps_its_promises(case):
    if case.path_parameters:
        with borrow_world() as simulator:
            case.path_parameters = find_identifiers(simulator, case.path)

    response = case.call(app=application)

    checks = [check for check in CHECKS.get_all() if check.__name__ in WANTED]
    assert len(checks) == len(WANTED)
    case.validate_response(response, checks=checks)


def test_the_document_of_the_observed_profile_has_its_statuses():
    document = read_openapi("observed")

    post = document["paths"]["/2008-08-01/Accounts/{AccountSid}/Calls"]["post"]
    assert "201" in post["responses"]
    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_the_document_has_every_operation_of_the_reference(profile):
    document = read_openapi(profile)

    named = {
        (path, method)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    wanted = {
        (f"/2008-08-01{path}{extension}", method.lower())
        for path, methods in ALLOWED.items()
        for method in methods
        for extension in ("", ".json")
    }
    assert named == wanted
