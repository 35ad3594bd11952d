"""Every client has an exception for every fault."""

from __future__ import annotations

from importlib import import_module

import httpcore
import httpx
import pytest

from twreplay import faults
from twreplay._interception.failures import TABLES

ADAPTERS = (
    "aiohttp http_client httpcore httpx httpx_compatible niquests requests responses_mock tornado"
)
for _adapter in ADAPTERS.split():
    import_module(f"twreplay._interception.clients.{_adapter}")

FAULTS = [getattr(faults, name) for name in faults.__all__ if name != "NetworkFault"]
# What the builders of each table are given.
CONTEXT = {
    "aiohttp": lambda: (
        __import__("aiohttp").client_reqrep.ConnectionKey("x", 1, True, *[None] * 4),
    ),
    "http.client": tuple,
    "httpcore": lambda: (httpcore,),
    "responses": lambda: (None,),
    "tornado": tuple,
    "tornado on libcurl": tuple,
    "transports for httpx": lambda: (httpx, None),
}


def test_each_client_has_each_fault_in_its_table():
    missing = {name: set(FAULTS) - table.faults for name, table in TABLES.items()}

    assert missing == {client: set() for client in CONTEXT}


@pytest.mark.parametrize("client", CONTEXT)
def test_what_a_table_builds_is_the_clients_and_no_fault(client):
    table = TABLES[client]

    built = [table.build(fault(), *CONTEXT[client]()) for fault in table._builders]

    assert [error for error in built if isinstance(error, faults.NetworkFault)] == []


def test_a_fault_of_the_users_own_is_built_as_the_one_that_it_derives_from():
    class Slow(faults.ReadTimeout):
        pass

    assert isinstance(TABLES["http.client"].build(Slow()), TimeoutError)


def test_another_exception_stays_the_same():
    error = ZeroDivisionError()

    assert TABLES["http.client"].build(error) is error
