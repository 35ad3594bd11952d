import pytest
from switchboard import Refused, finished_calls, number_exists, place_call, release_number

TOKEN = "any token will do"
NUMBER = "PN0123456789abcdef0123456789abcdef"


@pytest.mark.twreplay
def test_place_call(twilio_cassette):
    assert place_call("4155550101", TOKEN) == "CA0123456789abcdef0123456789abcdef"
    assert twilio_cassette.play_count == 1


@pytest.mark.twreplay
def test_refused_call():
    with pytest.raises(Refused, match="No called number is specified") as refused:
        place_call("", TOKEN)
    assert refused.value.code == "21201"


@pytest.mark.twreplay
def test_release_number():
    # The cassette says POST ...?_method=DELETE, the application sends DELETE: they mean the same.
    release_number(NUMBER, TOKEN)
    assert not number_exists(NUMBER, TOKEN)


@pytest.mark.twreplay
class TestFinishedCalls:
    def test_called_numbers(self):
        assert finished_calls(TOKEN) == ["4155550101"]
