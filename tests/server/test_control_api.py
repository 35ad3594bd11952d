"""schemathesis asks the control API what its description promises, and what it does not."""

from __future__ import annotations

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
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


def read_description():
    with twreplay.Server() as server:
        return httpx.get(f"{server.url}/_twreplay/openapi.json", trust_env=False).json()


SCHEMA = schemathesis.openapi.from_dict(read_description())
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module")
def server():
    """One world for all requests: what one leaves behind may hurt the next."""
    with twreplay.Server() as server:
        server.add_call(Sid="CA1")
        yield server


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


def shorten_waits(given):
    return {name: 0 if name == "wait" else value for name, value in given.items()}


@needs_schemathesis_of_today
@SCHEMA.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_is_described_is_answered_so(server, session, case):
    if isinstance(case.query, dict):
        case.query = shorten_waits(case.query)
    if isinstance(case.body, dict):
        case.body = shorten_waits(case.body)
    if (case.path_parameters or {}).get("resource"):
        case.path_parameters["resource"] = "Call"
    case.headers = {}

    response = case.call(base_url=server.url, session=session)

    checks = [check for check in CHECKS.get_all() if check.__name__ in WANTED]
    assert len(checks) == len(WANTED)
    case.validate_response(response, checks=checks)
