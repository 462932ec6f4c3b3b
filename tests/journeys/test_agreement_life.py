"""A version from its first draft until it is in force, suspended, resumed, terminated or overtaken."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from agreements.parser import agreement_from_json
from gateway.app import Running
from gateway.identity_keys import SigningKey, new_signing_key
from gateway.settings import Settings
from gateway.signatures import sign
from tests.conftest import ACountyOf
from tests.county import NOW, Desk, InProcess, Json, as_yaml, is_problem
from tests.county_terms import CALLBACK, HEALTH, OUTSIDER, PD, SCHOOL, SCHOOLS, agreement, clause

REASON: Final = {"reason": "A breach of clause 1"}
ASKING: Final = {
    "requester": {"agencies": [SCHOOLS], "roles": ["caseworker"]},
    "subjects": ["person", "venue"],
}


def version_two(**more: Any) -> Json:
    """The callback agreement so that police tell schools no more than whom to ring."""
    body = agreement(
        CALLBACK, NOW, [PD, SCHOOLS], version=2, concern_scale=["watch", "act"],
        clauses=[clause("1", "threat-report", PD, "contact", **ASKING)],
    )  # fmt: skip
    return {**body, **more}


def officer(county: InProcess, agency: str, user: str = "officer-1") -> Desk:
    return county.desk(agency, user, "privacy-officer")


def signature(desk: Desk, body: Json, key: SigningKey | None = None, **more: Any) -> Json:
    signed = sign(agreement_from_json(body, "x"), desk.agency, key or desk.county.folder.keys[desk.agency])
    return {"party": signed.party, "jws": signed.jws, **more}


DRAFTS: Final = f"/v1/agreements/{CALLBACK}/drafts"
VERSIONS: Final = f"/v1/agreements/{CALLBACK}/versions"


@dataclass(frozen=True, slots=True)
class Parties:
    """Officers of the two parties; the second at the police has had no hand in anything."""

    county: InProcess

    @property
    def police(self) -> Desk:
        return officer(self.county, PD)

    @property
    def second(self) -> Desk:
        return officer(self.county, PD, "officer-2")

    @property
    def schools(self) -> Desk:
        return officer(self.county, SCHOOLS)

    async def proposed(self, body: Json | None = None) -> Json:
        body = body or version_two()
        good(await self.police.post("/v1/agreements", body), 201)
        good(await self.police.post(f"/v1/agreements/{body['id']}/drafts/{body['version']}/propose", {}))
        return body

    async def signed(self) -> Json:
        body = await self.proposed()
        for desk in (self.police, self.schools):
            good(await desk.post(f"{VERSIONS}/2/signatures", signature(desk, body)))
        return body

    async def level(self) -> str | None:
        """How much police tell schools now."""
        desk = self.county.desk(SCHOOLS)
        case = await desk.opens("watch")
        told = await desk.told(case, "threat-report", subject=SCHOOL, custodians=[PD])
        level: str | None = told["answers"][0]["level"]
        return level

    async def states(self) -> dict[int, str]:
        listed = good(await self.police.get("/v1/agreements"))["agreements"]
        return {one["version"]: one["state"] for one in listed if one["id"] == CALLBACK}


def good(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, answer.text
    told: Json = answer.json()
    return told


@pytest.fixture
def parties(a_county: ACountyOf) -> Parties:
    return Parties(a_county())


def notices(county: InProcess) -> set[tuple[str, str]]:
    with sqlite3.connect(county.folder.database) as store:
        return set(store.execute("SELECT agency, kind FROM notices WHERE about = ?", (CALLBACK,)))


async def kinds(desk: Desk) -> list[str]:
    listed = good(await desk.get("/v1/disclosures"))["disclosures"]
    return [entry["kind"] for entry in listed if entry["kind"].startswith("agreement-")]


async def test_a_version_is_drafted_proposed_signed_and_put_in_force(parties: Parties) -> None:
    assert await parties.level() == "summary"
    await parties.signed()
    assert await parties.states() == {1: "active", 2: "proposed"}
    assert await parties.level() == "summary"
    activated = good(await parties.second.post(f"{VERSIONS}/2/activate", {}))
    assert (activated["state"], activated["signed_by"]) == ("active", [PD, SCHOOLS])
    assert await parties.states() == {1: "superseded", 2: "active"}
    assert await parties.level() == "contact"
    steps = ["drafted", "proposed", "signed", "signed", "activated"]
    assert await kinds(parties.police) == [f"agreement-{step}" for step in steps]
    assert notices(parties.county) == {
        (SCHOOLS, "agreement-drafted"),
        (SCHOOLS, "agreement-proposed"),
        (SCHOOLS, "agreement-signed"),
        (PD, "agreement-signed"),
        (SCHOOLS, "agreement-activated"),
    }


async def test_a_draft_is_kept_as_it_was_written_and_shown_with_its_state(parties: Parties) -> None:
    text = "# what we agreed on Tuesday\n" + as_yaml(version_two())
    token = await parties.county.token(PD)
    headers = {
        "Authorization": f"Bearer {token}", "Acting-User": "officer-1", "Acting-Role": "privacy-officer",
        "Content-Type": "application/yaml", "Accept": "application/yaml",
    }  # fmt: skip
    async with parties.county.connect() as client:
        drafted = await client.post("/v1/agreements", content=text, headers=headers)
        assert (drafted.status_code, drafted.json()["state"]) == (201, "draft")
        shown = await client.get(f"/v1/agreements/{CALLBACK}?version=2", headers=headers)
    assert shown.text == text
    assert (shown.headers["ETag"], shown.headers["Agreement-State"]) == ('"1"', "draft")
    by_default = await parties.schools.get(f"/v1/agreements/{CALLBACK}")
    assert by_default.json()["version"] == 1


async def test_every_fault_of_a_draft_is_named_and_nothing_of_it_repeated(parties: Parties) -> None:
    text = as_yaml(version_two(colour="mauve")).replace("level: contact", "level: everything")
    headers = {
        "Authorization": f"Bearer {await parties.county.token(PD)}", "Acting-User": "o", "Acting-Role":
        "privacy-officer", "Content-Type": "application/yaml",
    }  # fmt: skip
    async with parties.county.connect() as client:
        answer = await client.post("/v1/agreements", content=text, headers=headers)
    faults = is_problem(answer, 422)["reasons"]
    lines = text.splitlines()
    assert {fault["key"]: lines[fault["line"] - 1].strip() for fault in faults} == {
        "clauses[0].level": "level: everything",
        "colour": "colour: mauve",
    }
    assert all(fault["expected"] and fault["file"] == "draft" for fault in faults)
    assert "mauve" not in answer.text
    assert "everything" not in answer.text


async def test_an_edit_names_the_revision_it_changes(parties: Parties) -> None:
    police, schools = parties.police, parties.schools
    good(await police.post("/v1/agreements", version_two()), 201)
    changed = version_two(title="With a better title")
    is_problem(await police.call("PUT", f"{DRAFTS}/2", changed), 428)
    edited = await schools.call("PUT", f"{DRAFTS}/2", changed, {"If-Match": '"1"'})
    assert (good(edited)["title"], edited.headers["ETag"]) == ("With a better title", '"2"')
    is_problem(await police.call("PUT", f"{DRAFTS}/2", version_two(), {"If-Match": '"1"'}), 412)
    other = version_two(version=3)
    is_problem(await police.call("PUT", f"{DRAFTS}/2", other, {"If-Match": '"2"'}), 422)
    good(await police.post(f"{DRAFTS}/2/propose", {}))
    is_problem(await police.call("PUT", f"{DRAFTS}/2", version_two(), {"If-Match": '"2"'}), 409)
    shown = good(await police.get(f"/v1/agreements/{CALLBACK}?version=2"))
    assert shown["title"] == "With a better title"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"signatures": [{"party": SCHOOLS, "jws": "eyJhbGciOiJFUzI1NiJ9..c2ln"}]}, 422),
        ({"suspended": True}, 422),
        ({"state": "active"}, 422),
        ({"revision": 7}, 422),
        ({"parties": [SCHOOLS, HEALTH]}, 403),
        ({"version": 1}, 409),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
async def test_what_is_not_the_drafters_to_say_is_refused(parties: Parties, more: Json, status: int) -> None:
    is_problem(await parties.police.post("/v1/agreements", version_two(**more)), status)
    assert await parties.states() == {1: "active"}


async def test_only_a_privacy_officer_of_a_party_takes_a_step(parties: Parties) -> None:
    county = parties.county
    for role in ("caseworker", "liaison", "auditor", "administrator"):
        is_problem(await county.desk(PD, "x", role).post("/v1/agreements", version_two()), 403)
    body = await parties.proposed()
    outsider = officer(county, OUTSIDER)
    for path, sent in (
        (f"{DRAFTS}/2/propose", {}),
        (f"{DRAFTS}/2/replay", {}),
        (f"{VERSIONS}/2/activate", {}),
        (f"/v1/agreements/{CALLBACK}/terminate", REASON),
        (f"/v1/agreements/{CALLBACK}/resume", REASON),
    ):
        is_problem(await outsider.post(path, sent), 404)
    is_problem(await outsider.get(f"/v1/agreements/{CALLBACK}?version=2"), 404)
    # An agreement of others cannot be taken over under its own name.
    theirs = version_two(version=9, parties=[OUTSIDER, PD])
    is_problem(await outsider.post("/v1/agreements", theirs), 409)
    assert body["version"] in await parties.states()


async def test_nobody_approves_their_own_work(parties: Parties) -> None:
    police = parties.police
    good(await police.post("/v1/agreements", version_two()), 201)
    edited = await parties.second.call("PUT", f"{DRAFTS}/2", version_two(title="Edited"), {"If-Match": '"1"'})
    good(edited)
    good(await officer(parties.county, PD, "officer-3").post(f"{DRAFTS}/2/propose", {}))
    for desk in (police, parties.schools):
        body = version_two(title="Edited")
        good(await desk.post(f"{VERSIONS}/2/signatures", signature(desk, body)))
    for user in ("officer-1", "officer-2", "officer-3", "Officer-1"):
        is_problem(await officer(parties.county, PD, user).post(f"{VERSIONS}/2/activate", {}), 403)
    good(await officer(parties.county, PD, "officer-4").post(f"{VERSIONS}/2/activate", {}))


async def test_no_agency_alone_binds_the_others(parties: Parties) -> None:
    await parties.proposed()
    is_problem(await parties.second.post(f"{VERSIONS}/2/activate", {}), 403)
    good(await parties.schools.post(f"{VERSIONS}/2/activate", {}))
    assert await parties.level() == "contact"


async def test_a_signature_is_by_the_partys_key_under_this_very_version(parties: Parties) -> None:
    body, police, schools = await parties.proposed(), parties.police, parties.schools
    path = f"{VERSIONS}/2/signatures"
    own = signature(schools, body)
    is_problem(await police.post(path, own), 403)
    stranger = signature(schools, body, new_signing_key("EdDSA"))
    is_problem(await schools.post(path, stranger), 422)
    other = signature(schools, {**body, "title": "Something else"})
    is_problem(await schools.post(path, other), 422)
    is_problem(await schools.post(path, {**own, "state": "active"}), 422)
    first, again = good(await schools.post(path, own)), good(await schools.post(path, own))
    assert first == again
    shown = good(await police.get(f"/v1/agreements/{CALLBACK}?version=2"))
    assert shown["signatures"] == [own]
    assert (await kinds(police)).count("agreement-signed") == 1


async def test_where_signatures_are_required_none_may_be_missing(a_county: ACountyOf) -> None:
    parties = Parties(a_county(require_signatures=True))
    body = version_two(version=1)
    good(await parties.police.post("/v1/agreements", body), 201)
    good(await parties.police.post(f"{DRAFTS}/1/propose", {}))
    is_problem(await parties.schools.post(f"{VERSIONS}/1/activate", {}), 409)
    good(await parties.police.post(f"{VERSIONS}/1/signatures", signature(parties.police, body)))
    is_problem(await parties.schools.post(f"{VERSIONS}/1/activate", {}), 409)
    good(await parties.schools.post(f"{VERSIONS}/1/signatures", signature(parties.schools, body)))
    good(await parties.schools.post(f"{VERSIONS}/1/activate", {}))
    assert await parties.level() == "contact"


async def test_signatures_required_later_put_what_lacks_them_out_of_force(a_county: ACountyOf) -> None:
    county = a_county()
    parties = Parties(county)
    await parties.proposed()
    good(await parties.schools.post(f"{VERSIONS}/2/activate", {}))
    site = county.folder.path / "site.yaml"
    site.write_text(site.read_text() + "require_signatures: true\n")
    later = Running(county.folder.path, Settings())
    assert later.policies.current.rules.agreements == ()
    await later.close()


async def test_a_version_never_steps_back(parties: Parties) -> None:
    await parties.signed()
    good(await parties.police.post("/v1/agreements", version_two(version=3)), 201)
    good(await parties.police.post(f"{DRAFTS}/3/propose", {}))
    good(await parties.schools.post(f"{VERSIONS}/3/activate", {}))
    told = is_problem(await parties.second.post(f"{VERSIONS}/2/activate", {}), 409)
    assert [reason["code"] for reason in told["reasons"]] == ["stale-version"]
    is_problem(await parties.police.post("/v1/agreements", version_two(version=3)), 409)
    is_problem(await parties.police.post("/v1/agreements", version_two(version=2)), 409)


async def test_a_later_version_waits_for_its_day(parties: Parties) -> None:
    day = "2026-03-09"
    await parties.proposed(version_two(effective=day))
    good(await parties.schools.post(f"{VERSIONS}/2/activate", {}))
    assert (await parties.states(), await parties.level()) == ({1: "active", 2: "active"}, "summary")
    parties.county.clock.advance(days=8)
    assert (await parties.states(), await parties.level()) == ({1: "superseded", 2: "active"}, "contact")


async def test_who_suspends_resumes_and_nobody_else(parties: Parties) -> None:
    path = f"/v1/agreements/{CALLBACK}"
    good(await parties.police.post(f"{path}/suspend", REASON))
    assert await parties.level() is None
    is_problem(await parties.schools.post(f"{path}/resume", REASON), 403)
    resumed = good(await parties.second.post(f"{path}/resume", {"reason": "It was put right"}))
    assert (resumed["state"], resumed["in_force"]) == ("active", True)
    assert await parties.level() == "summary"
    is_problem(await parties.police.post(f"{path}/resume", REASON), 409)


async def test_any_party_ends_an_agreement_at_once_and_for_good(parties: Parties) -> None:
    await parties.signed()
    path = f"/v1/agreements/{CALLBACK}"
    ended = good(await parties.schools.post(f"{path}/terminate", REASON))
    assert ended["state"] == "terminated"
    assert (await parties.states(), await parties.level()) == ({1: "terminated", 2: "terminated"}, None)
    is_problem(await parties.second.post(f"{VERSIONS}/2/activate", {}), 409)
    is_problem(await parties.schools.post(f"{path}/resume", REASON), 409)
    is_problem(await parties.schools.post(f"{path}/terminate", REASON), 409)
    good(await parties.police.post("/v1/agreements", version_two(version=3)), 201)


async def test_a_version_ended_before_its_day_leaves_the_one_before_in_force(parties: Parties) -> None:
    await parties.proposed(version_two(effective="2026-03-09"))
    good(await parties.schools.post(f"{VERSIONS}/2/activate", {}))
    sent = {**REASON, "version": 2}
    good(await parties.police.post(f"/v1/agreements/{CALLBACK}/terminate", sent))
    parties.county.clock.advance(days=8)
    assert (await parties.states(), await parties.level()) == ({1: "active", 2: "terminated"}, "summary")


async def test_the_same_step_twice_is_one_step(parties: Parties) -> None:
    police = parties.police
    for status in (201, 200):
        good(await police.post("/v1/agreements", version_two()), status)
    for _ in range(2):
        good(await police.post(f"{DRAFTS}/2/propose", {}))
    for _ in range(2):
        good(await parties.schools.post(f"{VERSIONS}/2/activate", {}))
    assert await kinds(police) == [f"agreement-{step}" for step in ("drafted", "proposed", "activated")]
    is_problem(await officer(parties.county, SCHOOLS, "officer-9").post(f"{VERSIONS}/2/activate", {}), 409)
