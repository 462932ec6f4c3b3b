"""Counties for tests: one that a worker's tests share, and new ones for those that need their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests.county import InProcess, StandingClock, county_in_process, make_folder
from tests.servers.postgres import postgres as postgres  # noqa: PLC0414 -- a fixture

ACountyOf = Callable[..., InProcess]
SHARED_BUDGETS: Final = {"subjects_per_user_day": 10_000, "queries_per_case": 10_000}


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """Riverside County, shared: a test opens its own cases and leaves files and agreements alone."""
    folder = make_folder(tmp_path_factory.mktemp("county"), budgets=SHARED_BUDGETS)
    with county_in_process(folder) as running:
        yield running


@pytest.fixture
def a_county(tmp_path: Path) -> Iterator[ACountyOf]:
    """Makes a county of the test's own; arguments are those of `make_folder`."""
    with ExitStack() as opened:

        def make(clock: StandingClock | None = None, **site: Any) -> InProcess:
            path = tmp_path / f"county-{len(list(tmp_path.iterdir()))}"
            return opened.enter_context(county_in_process(make_folder(path, **site), clock))

        yield make
