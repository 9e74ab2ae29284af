"""What tests of whole jobs and commands share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.workers import no_processes


@pytest.fixture
def workers() -> None:
    """Asked for by a test whose jobs start real worker processes, against `made_here`."""


@pytest.fixture
def made_here(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rows are made in this process: for most tests a worker is a third of a second for nothing.

    That jobs with workers give the same is tested in `jobs/`, and wherever `workers` is asked for.
    """
    if "workers" in request.fixturenames:
        yield
        return
    with no_processes():
        yield
