"""Past decisions made again under a draft, and explained as they were when what decided them is gone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from typer.testing import CliRunner, Result

from gateway import replaying
from gateway.cli import app
from tests.conftest import ACountyOf
from tests.county import NOW, InProcess, Json, as_yaml, emergency
from tests.county_terms import (
    DANIEL,
    HEALTH,
    MAIN,
    MAIN_CLAUSES,
    PD,
    SCHOOLS,
    SOCIAL,
    agreements,
    clause,
)
from tests.journeys.test_agreement_life import good, officer

DRAFT: Final = f"/v1/agreements/{MAIN}/drafts/4"
WORDS: Final = ("Okafor", "Daniel", "2008-04-17", "S-4471", "badge-1", "Reyes", "noon", "first bell", "CASE-")


def changed(*clauses: Json, without: str = "") -> Json:
    """The main agreement's next version: one clause less, and others put before the rest."""
    kept = [one for one in MAIN_CLAUSES if one["id"] != without]
    (main,) = (one for one in agreements(NOW) if one["id"] == MAIN)
    return {**main, "version": 4, "effective": "2026-06-01", "clauses": [*clauses, *kept]}


PLANNING: Final = "safety-planning"
OPEN: Final = clause("1.0", "school-discipline", SCHOOLS, "summary", purposes=[PLANNING])
OPEN_MIND: Final = clause("4.0", "mental-health", HEALTH, masked=True, purposes=[PLANNING])
FURTHER: Final = clause("2.0", "family-services", SOCIAL, "summary")


async def drafted(county: InProcess, body: Json) -> None:
    good(await officer(county, PD).post("/v1/agreements", body), 201)


async def replayed(county: InProcess, agency: str, **body: Any) -> Json:
    return good(await officer(county, agency).post(f"{DRAFT}/replay", body))


def seen(told: Json) -> list[tuple[str, str, str]]:
    return [(one["change"], one["custodian"], one["category"]) for one in told["changes"]]


async def test_what_lets_out_more_comes_first_each_with_both_explanations(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    await desk.told(case, "school-discipline", "family-services", custodians=[SCHOOLS, SOCIAL])
    await desk.told(case, "school-discipline", custodians=[SCHOOLS], purpose=PLANNING)
    await drafted(county, changed(OPEN, FURTHER, without="1.1"))
    told = await replayed(county, PD)
    assert seen(told) == [
        ("newly-released", SCHOOLS, "school-discipline"),
        ("released-further", SOCIAL, "family-services"),
        ("newly-refused", SCHOOLS, "school-discipline"),
    ]
    assert (told["decisions"], told["changed"], told["not_replayable"]) == (5, 3, 0)
    opened = told["changes"][0]
    assert (opened["before"]["decision"], opened["after"]["decision"]) == ("deny", "permit")
    assert opened["before"]["reasons"][0]["code"] == "purpose-not-allowed"
    assert opened["after"]["basis"] == {"kind": "agreement", "agreement": MAIN, "version": 4, "clause": "1.0"}
    assert all(layer["outcome"] == "passed" for layer in opened["after"]["layers"])
    assert await county.desk(PD).reads(opened["query"])


async def test_each_party_sees_its_own_part(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    await desk.told(await desk.opens(), "school-discipline", "family-services", custodians=[SCHOOLS, SOCIAL])
    await drafted(county, changed(FURTHER, without="1.1"))
    assert seen(await replayed(county, SOCIAL)) == [("released-further", SOCIAL, "family-services")]
    assert seen(await replayed(county, SCHOOLS)) == [("newly-refused", SCHOOLS, "school-discipline")]
    assert (await replayed(county, HEALTH))["decisions"] == 0


Transcripts = dict[str, list[tuple[list[tuple[str, str, str]], int]]]


async def probed(county: InProcess) -> Transcripts:
    """Replays by both sides in two worlds that differ in a consent the requester may not learn of."""
    desk = county.desk(PD)
    told: Transcripts = {PD: [], HEALTH: []}
    await drafted(county, changed(OPEN_MIND, OPEN))
    for consented in (False, True):
        county.clock.advance(hours=1)
        patient, start = county.new_patient(), f"{county.clock.now:%Y-%m-%dT%H:%M:%SZ}"
        if consented:
            given = {"subject": patient, "purposes": [PLANNING]}
            await county.desk(HEALTH).consents("mental-health", **given)
        asked = {"subject": patient, "purpose": PLANNING, "custodians": [HEALTH, SCHOOLS]}
        await desk.told(await desk.opens(), "mental-health", "school-discipline", **asked)
        for agency, transcript in told.items():
            found = await replayed(county, agency, since=start)
            transcript.append((seen(found), found["decisions"]))
    return told


async def test_a_draft_finds_out_nothing_about_a_masked_negative(a_county: ACountyOf) -> None:
    told = await probed(a_county())
    assert told[PD][0] == told[PD][1] == ([("newly-released", SCHOOLS, "school-discipline")], 3)
    assert [changes for changes, _ in told[HEALTH]] == [[], [("newly-released", HEALTH, "mental-health")]]


async def test_the_two_worlds_catch_a_replay_that_shows_a_requester_everything(
    a_county: ACountyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The harness itself is tried on a planted fault."""
    monkeypatch.setattr(replaying._PartySight, "of", lambda _self, _query, facts, _before: facts)
    told = await probed(a_county())
    assert told[PD][0] != told[PD][1]


async def test_since_leaves_earlier_questions_out(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    case = await desk.opens()
    await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    county.clock.advance(days=1)
    await desk.told(case, "school-discipline", custodians=[SCHOOLS])
    await drafted(county, changed(without="1.1"))
    assert (await replayed(county, PD))["changed"] == 2
    assert (await replayed(county, PD, since="2026-03-03"))["changed"] == 1
    assert (await replayed(county, PD, since="2026-03-05"))["changed"] == 0


def gateway(*arguments: str) -> Result:
    """A command of the product, in this process."""
    return CliRunner().invoke(app, arguments)


async def test_the_command_line_replays_a_draft_and_names_nobody(a_county: ACountyOf, tmp_path: Path) -> None:
    county = a_county()
    desk = county.desk(PD)
    await county.desk(HEALTH).consents("health", subject=DANIEL)
    case = await desk.opens()
    await desk.told(case, "health", "school-discipline", custodians=[HEALTH, SCHOOLS], exception=emergency())
    await desk.told(case, "substance-use", custodians=[HEALTH], legal_process={
        "kind": "warrant", "number": "Okafor-7", "court": "Okafor court", "digest": "sha-256:" + "b" * 64,
    })  # fmt: skip
    draft = tmp_path / "draft.yaml"
    draft.write_text(as_yaml(changed(without="6.1")))
    site = str(county.folder.path)
    run = gateway("agreements", "replay", str(draft), "--site", site, "--json")
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)
    assert seen(told) == [("newly-refused", HEALTH, "health")]
    assert told["changes"][0]["before"]["basis"]["kind"] == "consent"
    words = gateway("agreements", "replay", str(draft), "--site", site)
    assert "1 of 5 past decisions" in words.stdout
    for output in (run.stdout, words.stdout):
        assert [word for word in WORDS if word in output] == []


async def test_an_explanation_outlives_the_agreement_it_is_about(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", "health", custodians=[SCHOOLS, HEALTH])
    path = f"/v1/queries/{told['id']}/explanation"
    reader = officer(county, PD)
    before = good(await reader.get(path))
    county.folder.write_agreement(changed(OPEN, without="1.1"))
    await asyncio.to_thread(county.running.policies.refresh)
    assert county.running.policies.current.agreement(MAIN, 3) is None
    assert good(await reader.get(path)) == before


async def test_those_entitled_get_clauses_and_laws_with_their_words(a_county: ACountyOf) -> None:
    county = a_county()
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "health", "mental-health", custodians=[HEALTH])
    path = f"/v1/queries/{told['id']}/explanation"
    for role in ("caseworker", "liaison"):
        assert good(await county.desk(PD, role=role).get(path))["traces"] == []
    (own,) = good(await officer(county, PD).get(path))["traces"]
    assert own["category"] == "health"
    (written,) = own["clauses"]
    assert (written["agreement"], written["version"], written["clause"]) == (MAIN, 3, "6.1")
    assert (written["text"], written["outcome"]) == (
        "Police may ask riverside-health about health.",
        "falls-short",
    )
    assert written["reason"]["code"]
    (law,) = own["laws"]["binding"]
    assert (law["id"], bool(law["citation"]), bool(law["openings"])) == ("us-hipaa", True, True)
    assert all(opening["citation"] and opening["text"] for opening in law["openings"])
    for role in ("auditor", "privacy-officer"):
        theirs = good(await county.desk(HEALTH, "h-1", role).get(path))["traces"]
        assert {one["category"] for one in theirs} == {"health", "mental-health"}
        assert all(word not in json.dumps(theirs) for word in WORDS)


async def test_show_says_the_state_and_every_clause_in_words(a_county: ACountyOf) -> None:
    county = a_county()
    await drafted(county, changed())
    site = str(county.folder.path)
    run = gateway("agreements", "show", f"{MAIN}@4", "--site", site)
    assert run.exit_code == 0, run.output
    assert "draft, not in force" in run.stdout
    assert "draft by riverside-pd" in run.stdout
    assert "Only at a concern of at least moderate." in run.stdout
    shown = gateway("agreements", "show", f"{MAIN}@4", "--site", site, "--json")
    told = json.loads(shown.stdout)
    assert (told["state"], told["steps"][0]["step"], told["agreement"]["version"]) == ("draft", "draft", 4)
    missing = gateway("agreements", "show", "no-such-one", "--site", site)
    assert missing.exit_code == 2


def test_a_signature_put_into_a_file_leaves_the_rest_as_it_was(tmp_path: Path) -> None:
    gateway("init", str(tmp_path / "site"))
    (file,) = (tmp_path / "site" / "agreements").glob("*.yaml")
    before = file.read_text()
    for agency in ("example-pd", "example-health"):
        key = str(tmp_path / "site" / "keys" / f"{agency}.pem")
        run = gateway("agreements", "sign", str(file), "--agency", agency, "--key", key, "--add")
        assert run.exit_code == 0, run.output
        assert json.loads(run.stdout)["party"] == agency
    key = str(tmp_path / "site" / "keys" / "example-pd.pem")
    again = gateway("agreements", "sign", str(file), "--agency", "example-pd", "--key", key, "--add")
    assert again.exit_code == 1
    signed = file.read_text()
    assert {one["party"] for one in yaml.safe_load(signed)["signatures"]} == {"example-pd", "example-health"}
    kept = [line for line in before.splitlines() if not line.startswith("signatures:")]
    assert [line for line in signed.splitlines() if line in kept] == kept
    (tmp_path / "site" / "site.yaml").write_text(
        (tmp_path / "site" / "site.yaml").read_text() + "require_signatures: true\n"
    )
    shown = gateway("agreements", "show", yaml.safe_load(signed)["id"], "--site", str(tmp_path / "site"))
    assert "active, in force" in shown.stdout
