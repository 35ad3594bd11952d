"""The mark of tests that schemathesis writes: an older one is not asked."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from packaging.version import Version

# Older ones call applications through starlette-testclient, which leaves streams of anyio open and
# warns; this one wants pytest 8.4, and a tool of our tests is to raise no bound of our users.
NEEDED = "4.32"

needs_schemathesis_of_today = pytest.mark.skipif(
    Version(version("schemathesis")) < Version(NEEDED),
    reason=f"schemathesis {NEEDED} or newer writes these tests",
)
