"""Marked tests, each with a cassette of its own."""

import pytest
from clinic import list_calls, remind


@pytest.mark.vcr
def test_list():
    assert list_calls().status_code == 200


@pytest.mark.vcr()
def test_the_cassette(vcr):
    list_calls()
    assert vcr.play_count == 1
    assert vcr.all_played


@pytest.mark.vcr(allow_playback_repeats=True)
def test_twice():
    assert list_calls().ok
    assert list_calls().ok


@pytest.mark.vcr
@pytest.mark.parametrize("number", ["4155551212", "4155551313"])
def test_remind(number):
    assert remind(number, "not the text that was recorded").ok


@pytest.mark.default_cassette("shared.yaml")
@pytest.mark.vcr
def test_under_another_name():
    assert list_calls().ok


@pytest.mark.vcr("shared.yaml")
def test_an_additional_cassette():
    assert list_calls().ok


@pytest.mark.block_network(allowed_hosts=["127.0.0.1", "10[.]"])
@pytest.mark.vcr
class TestInAClass:
    def test_list(self):
        assert list_calls().ok

    def test_nothing(self):
        assert not list_calls.__doc__


@pytest.mark.vcr("shared.yaml")
def test_an_additional_cassette_beside_its_own():
    assert list_calls().ok
    assert remind("4155551212", "not the text that was recorded").ok
