"""A mark for a whole module, whose tests are about two hosts."""

import pytest
import requests
from clinic import list_calls

pytestmark = [pytest.mark.vcr]


def test_one():
    assert list_calls().ok


def test_two():
    assert list_calls().ok


def test_weather():
    assert requests.get("https://weather.example/today", timeout=10).text == "Sunny"
