from __future__ import annotations

import pytest
from delivery.webhooks import Deliveries


@pytest.fixture
def deliver():
    deliveries = Deliveries()
    yield deliveries
    deliveries.deliverer.close()
