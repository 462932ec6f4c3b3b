"""Under-sharing, measured by counts that tell of nobody, over HTTP and from the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.under_sharing import FEWEST, counted, told
from gateway.wire.span import Span
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, Served, case_body, county_served, is_problem, make_folder
from tests.county_terms import HEALTH, MARIA, OUTSIDER, PD, SCHOOLS, SOCIAL, patient
from tests.journeys.test_following import comes_back, goes_down, turn_after

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


async def report(desk: Desk, more: str = "") -> dict[tuple[str, str], Json]:
    answer = await desk.get(f"/v1/reports/under-sharing{more}")
    assert answer.status_code == 200, answer.text
    return {(one["requester"], one["custodian"]): one for one in answer.json()["partners"]}


def column(name: str, measured: dict[tuple[str, str], Json]) -> dict[str, Any]:
    return {custodian: one[name] for (_, custodian), one in measured.items()}


async def test_what_came_to_nothing_is_counted_by_partner(a_county: ACountyOf) -> None:
    county = a_county()
    desk, officer = county.desk(PD), county.desk(PD, role="privacy-officer")
    case = await desk.opens()
    for number in range(6):
        await desk.told(case, "health", custodians=[HEALTH], subject=patient(number))
        await desk.told(case, "police-contact", custodians=[OUTSIDER])
        await desk.told(case, "family-services", custodians=[SOCIAL], subject=MARIA)
    goes_down(county, SCHOOLS)
    for _ in range(5):
        await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    measured = await report(officer)
    assert column("questions", measured) == {HEALTH: 6, OUTSIDER: 6, SOCIAL: 6, SCHOOLS: 5}
    assert column("unanswered", measured) == {HEALTH: 0, OUTSIDER: 0, SOCIAL: 0, SCHOOLS: 5}
    assert column("no_agreement", measured) == {HEALTH: 0, OUTSIDER: 6, SOCIAL: 0, SCHOOLS: 0}
    more = column("consent_or_exception_would_have_opened", measured)
    assert more == {HEALTH: 6, OUTSIDER: 0, SOCIAL: 0, SCHOOLS: 0}
    assert column("median_seconds", measured)[SCHOOLS] is None
    comes_back(county, SCHOOLS)
    await turn_after(county, seconds=10)
    measured = await report(officer)
    assert (column("unanswered", measured)[SCHOOLS], column("median_seconds", measured)[SCHOOLS]) == (0, 10.0)
    assert column("p95_seconds", measured)[SCHOOLS] == 10.0


async def test_small_cells_are_not_told(a_county: ACountyOf) -> None:
    county = a_county()
    desk, officer = county.desk(PD), county.desk(PD, role="auditor")
    case = await desk.opens()
    for number in range(4):
        await desk.told(case, "health", custodians=[HEALTH], subject=patient(number))
    (only,) = (await report(officer)).values()
    assert (only["questions"], only["unanswered"], only["p95_seconds"]) == (None, 0, None)
    assert only["consent_or_exception_would_have_opened"] is None


async def test_9_what_an_answer_masks_no_count_tells_who_asked(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    for number in range(6):
        await desk.told(case, "mental-health", custodians=[HEALTH], subject=patient(number))
    mine = await report(county.desk(PD, role="privacy-officer"))
    theirs = await report(county.desk(HEALTH, role="privacy-officer"))
    name = "consent_or_exception_would_have_opened"
    assert (column(name, mine), column(name, theirs)) == ({HEALTH: 0}, {HEALTH: 6})


async def test_a_span_is_of_when_it_was_asked(a_county: ACountyOf) -> None:
    county = a_county()
    desk, officer = county.desk(PD), county.desk(PD, role="privacy-officer")
    case = await desk.opens()
    for _ in range(2):
        for number in range(5):
            await desk.told(case, "health", custodians=[HEALTH], subject=patient(number))
        county.clock.advance(days=1)
    assert column("questions", await report(officer)) == {HEALTH: 10}
    assert column("questions", await report(officer, "?from=2026-03-03&to=2026-03-03")) == {HEALTH: 5}
    assert await report(officer, "?from=2026-04-01T00:00:00Z") == {}
    is_problem(await officer.get("/v1/reports/under-sharing?from=spring"), 422)


@pytest.mark.parametrize("role", ["caseworker", "liaison", "administrator"])
async def test_it_is_for_privacy_officers_and_auditors(county: InProcess, role: str) -> None:
    is_problem(await county.desk(PD, role=role).get("/v1/reports/under-sharing"), 403, "role-not-allowed")


async def test_that_it_was_read_is_recorded(a_county: ACountyOf) -> None:
    county = a_county()
    await report(county.desk(PD, "aud-1", "auditor"))
    read = await county.desk(PD, role="auditor").get("/v1/disclosures?kind=report-read")
    assert [entry["user"] for entry in read.json()["disclosures"]] == ["aud-1"]


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (900, 900)])
def test_a_count_is_none_or_at_least_five(count: int, shown: int | None) -> None:
    assert told(count) == shown
    assert FEWEST == 5


@pytest.mark.parametrize(
    ("seconds", "middle", "late"),
    [
        (range(1, 21), 10.5, 19.0),
        (range(1, 101), 50.5, 95.0),
        ([7, 7, 7, 7, 7], 7.0, 7.0),
        ([1, 2, 3, 4, 1000], 3.0, 1000.0),
    ],
)
def test_the_95th_percentile_is_the_nearest_rank(seconds: list[int], middle: float, late: float) -> None:
    entries: list[Json] = []
    for number, after in enumerate(seconds):
        named = {"query": f"q{number}", "requester": PD, "custodian": HEALTH}
        entries.append({"kind": "asked", "at": START.isoformat(), **named})
        outcome = {"categories": ["health"], "cause": "held", "reasons": []}
        at = (START + timedelta(seconds=after)).isoformat()
        entries.append({"kind": "answered", "at": at, "outcomes": [outcome], **named})
    (only,) = counted(entries, Span())["partners"]
    assert (only["median_seconds"], only["p95_seconds"]) == (middle, late)


# The command line


async def called(*words: str) -> tuple[int, Any]:
    """What a command leaves with and says; run in this process, as starting one takes a second."""
    done = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    unusable = getattr(done.exception, "messages", ())
    try:
        return done.exit_code, json.loads(done.output)
    except ValueError:
        return done.exit_code, "\n".join([done.output, *unusable])


def as_police(county: Served, folder: Path) -> list[str]:
    key = folder / "police.pem"
    key.write_bytes(county.folder.keys[PD].pem())
    issuer = "https://gateway.riverside.example"
    return ["--url", county.url, "--issuer", issuer, "--agency", PD, "--key", str(key), "--user", "b-1"]


async def test_the_command_line_lists_and_counts(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC))
    site = ["--site", str(folder.path)]
    code, said = await called("cases", "due", *site)
    assert (code, said.strip()) == (0, "Nothing is late.")
    code, said = await called("report", "under-sharing", "--agency", PD, *site)
    assert (code, "never served" in said) == (1, True)
    with county_served(folder) as county:
        desk, soon = county.desk(PD), f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"
        late = await desk.post("/v1/cases", case_body("LATE-1", next_review="2026-01-05"))
        assert late.status_code == 201
        await desk.opens(next_review=soon)
        case = await desk.opens(next_review=soon)
        for number in range(5):
            await desk.told(case, "health", custodians=[HEALTH], subject=patient(number))
        police = as_police(county, tmp_path)
        for where in (police, [*site, "--agency", PD], site):
            code, found = await called("cases", "due", "--json", *where)
            assert code == 1
            assert [(one["id"], one["state"], one["agency"]) for one in found["cases"]] == [
                ("LATE-1", "late", PD)
            ]
        assert (await called("cases", "due", *site, "--agency", HEALTH))[0] == 0
        code, table = await called("cases", "due", *site)
        assert (code, "LATE-1" in table, "Lt M. Keller" in table) == (1, True, True)
        reports = [
            await called("report", "under-sharing", "--json", *where)
            for where in (police, [*site, "--agency", PD])
        ]
        assert reports[0] == reports[1]
        assert reports[0][1]["partners"][0]["consent_or_exception_would_have_opened"] == 5
    for wrong in (["--agency", "nobody"], ["--on", "soon"], ["--url", "http://127.0.0.1:1"]):
        assert (await called("cases", "due", *site, *wrong))[0] == 2
