"""A model line with a schedule of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_vertex.server import RunningServer
from tests.pipelines.schedule_lines import ScheduledLine


@pytest.fixture
def line(vertex_env: RunningServer, tmp_path: Path, request: pytest.FixtureRequest) -> ScheduledLine:
    """A model line with a configuration, in a project of the test's own; it has no schedule yet."""
    made = ScheduledLine(f"p{abs(hash(request.node.nodeid)) % 10**12}", tmp_path)
    made.write_config()
    return made
