"""What is not about Twilio, or cannot be rewritten."""

import requests
import vcr
from clinic import list_calls
from recordings import tape


class Persister:
    @staticmethod
    def load_cassette(path, serializer):
        return vcr.persisters.filesystem.FilesystemPersister.load_cassette(path, serializer)

    @staticmethod
    def save_cassette(path, cassette_dict, serializer):
        raise OSError("read only")


@tape.use_cassette("weather")
def test_another_host():
    assert requests.get("https://weather.example/today", timeout=10).text == "Sunny"


def test_what_twreplay_does_not_have():
    with vcr.use_cassette("fixtures/calls.yaml") as cassette:
        list_calls()
    assert list(cassette.play_counts) == [0]


def test_a_persister():
    keeping = vcr.VCR(record_mode="none")
    keeping.register_persister(Persister)
    with keeping.use_cassette("fixtures/calls.yaml"):
        assert list_calls().ok
