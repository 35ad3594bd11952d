"""The fixture of these tests; a conftest.py would hide that of tests/, which others import."""

from __future__ import annotations

import pytest
from delivery.webhooks import Deliveries


@pytest.fixture
def deliver():
    deliveries = Deliveries()
    yield deliveries
    deliveries.deliverer.close()
