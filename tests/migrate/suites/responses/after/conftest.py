import pytest
import twreplay


@pytest.fixture
def mocked_responses():
    with twreplay.simulate() as rsps:
        yield rsps
