"""Marked tests, each with a cassette of its own."""

import pytest
from clinic import list_calls, remind


@pytest.mark.twreplay
def test_list():
    assert list_calls().status_code == 200


@pytest.mark.twreplay
def test_the_cassette(twilio_cassette):
    list_calls()
    assert twilio_cassette.play_count == 1
    assert twilio_cassette.all_played


@pytest.mark.twreplay(allow_playback_repeats=True)
def test_twice():
    assert list_calls().ok
    assert list_calls().ok


@pytest.mark.twreplay
@pytest.mark.parametrize("number", ["4155551212", "4155551313"])
def test_remind(number):
    assert remind(number, "not the text that was recorded").ok


@pytest.mark.twreplay("shared.yaml")
def test_under_another_name():
    assert list_calls().ok


@pytest.mark.twreplay(shared=["shared.yaml"])
def test_an_additional_cassette():
    assert list_calls().ok


@pytest.mark.twreplay_network("127.0.0.1", "re:10[.].*")
class TestInAClass:
    @pytest.mark.twreplay
    def test_list(self):
        assert list_calls().ok

    def test_nothing(self):
        assert not list_calls.__doc__


@pytest.mark.twreplay(shared=["shared.yaml"])
def test_an_additional_cassette_beside_its_own():
    assert list_calls().ok
    assert remind("4155551212", "not the text that was recorded").ok
