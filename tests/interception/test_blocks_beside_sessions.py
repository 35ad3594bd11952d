"""A block of the network and sessions replace the same method of httpx, and leave none behind."""

from __future__ import annotations

import httpx
import pytest
from basic_auth import encode_basic
from local_api import local_api, names_point_home
from scenario import CLIENTS

import twreplay

METHOD = "handle_async_request"


def open_within_block_within_session():
    with twreplay.simulate(), twreplay.block_network(), twreplay.simulate():
        yield


def open_within_session_and_close_before():
    with twreplay.simulate():
        block = twreplay.block_network()
        block.__enter__()
        yield
    block.__exit__(None, None, None)


def open_before_session_and_close_within():
    block = twreplay.block_network()
    block.__enter__()
    with twreplay.simulate():
        block.__exit__(None, None, None)
        yield


ORDERS = [
    open_within_block_within_session,
    open_within_session_and_close_before,
    open_before_session_and_close_within,
]


@pytest.mark.parametrize("order", ORDERS)
def test_a_request_is_recorded_once_after_a_block_of_any_order(order, tmp_path):
    for _ in range(3):
        list(order())

    with (
        local_api() as api,
        names_point_home(api),
        twreplay.use_cassette(tmp_path / "calls.yaml", record_mode="once") as cassette,
    ):
        url = f"https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}/Calls"
        headers = {"Authorization": encode_basic(api.account_sid, api.auth_token)}
        CLIENTS["httpx async"]("GET", url, headers, b"")

    assert len(cassette.recorded) == 1


@pytest.mark.parametrize("order", ORDERS)
def test_the_method_is_the_clients_own_after_a_block_of_any_order(order):
    with twreplay.simulate():
        pass
    own = vars(httpx.AsyncHTTPTransport)[METHOD]

    list(order())
    with twreplay.simulate():
        pass

    assert vars(httpx.AsyncHTTPTransport)[METHOD] is own
