import pytest


@pytest.fixture(scope="module")
def vcr_config():
    # Nobody needs to know who we are.
    return {
        "filter_headers": ["authorization", ("cookie", "none")],
        "filter_post_data_parameters": ["Body"],
        "ignore_localhost": True,
        "record_mode": "none",
    }
