import pytest


@pytest.fixture(scope="module")
def twreplay_config():
    # Nobody needs to know who we are.
    return {
        "record_mode": "none",
        "ignore": ("form.Body",),
    }
