import pytest


@pytest.fixture
def vcr_config():
    return dict(filter_headers=["authorization"], match_on=["method", "path", "query", "body"])


@pytest.fixture(scope="module")
def vcr_cassette_dir(request):
    return str(request.path.parent / "cassettes" / request.path.stem)
