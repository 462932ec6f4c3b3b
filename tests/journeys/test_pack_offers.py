"""Every telling that a pack's sheet of cases decides, told over HTTP at a site made from that pack."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from agreements.exceptions import ELEMENTS, ElementKind
from agreements.terms import Act, Level, SubjectKind
from gateway.identity_keys import public_jwks
from gateway.pack_sheet import USUAL_AT, Given, GivenException, PackCase
from gateway.packs import AGREEMENT_FILE, Pack, pack_folders, read_pack
from gateway.site import SITE_FILE
from tests.county import (
    ONE_KEY_FOR_ALL,
    Desk,
    Folder,
    InProcess,
    Json,
    StandingClock,
    case_body,
    consent_body,
    county_in_process,
    emergency,
)
from tests.county_terms import ISSUER

PACKS: Final = {id: read_pack(folder) for id, folder in pack_folders().items()}
TELLINGS: Final = [
    pytest.param(id, case, id=f"{id}-{case.id}")
    for id, pack in PACKS.items()
    for case in pack.sheet.cases
    if case.given.act is Act.TELL
]
TOLD: Final = "Said on the telephone that he would come"


def folder_of(pack: Pack, path: Path) -> Folder:
    """A site made from a pack, every agency with the tests' key."""
    shutil.copytree(pack.folder, path, ignore=shutil.ignore_patterns(AGREEMENT_FILE))
    for name in ("agreements", "keys", "data"):
        (path / name).mkdir(exist_ok=True)
    shutil.copyfile(pack.folder / AGREEMENT_FILE, path / "agreements" / AGREEMENT_FILE)
    site = (pack.folder / SITE_FILE).read_text()
    (path / SITE_FILE).write_text(site.replace(pack.site.issuer, ISSUER))
    for agency in pack.site.agencies.values():
        (path / agency.jwks).write_text(json.dumps(public_jwks([ONE_KEY_FOR_ALL.public])))
    return Folder(path, dict.fromkeys(pack.site.agencies, ONE_KEY_FOR_ALL))


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], InProcess]]:
    """The packs' sites, each started when the first of its cases needs it."""
    with ExitStack() as opened:

        @cache
        def site(id: str) -> InProcess:
            folder = folder_of(PACKS[id], tmp_path_factory.mktemp(id) / id)
            return opened.enter_context(county_in_process(folder, StandingClock(USUAL_AT)))

        yield site


def subject_of(given: Given) -> Json:
    if given.subject is SubjectKind.VENUE:
        return {"kind": "venue", "name": "The town hall"}
    if given.subject is SubjectKind.GENERAL:
        return {"kind": "general", "question": "How many were referred this year?"}
    if given.subject is SubjectKind.COMMUNICATION:
        return {"kind": "communication", "channel": "email", "handle": "x@example.org"}
    born = {"birth_date": f"{given.at - timedelta(days=366 * given.age):%Y-%m-%d}"} if given.age else {}
    return {"kind": "person", "family_name": f"Told {secrets.token_hex(8)}", "given_name": "Ana", **born}


def information_of(pack: Pack, case: PackCase) -> Json:
    """As much as the sheet's case tells, with every field that some clause releases."""
    clauses = [clause for agreement in pack.agreements for clause in agreement.clauses]
    fields = {name: f"{name} told" for clause in clauses for name in clause.fields}
    told: dict[Level, Any] = {Level.EXISTENCE: True, Level.RECORD: {"summary": TOLD, **fields}}
    return {case.given.category.value: told.get(case.given.level, TOLD)}


async def offered(county: InProcess, pack: Pack, case: PackCase) -> tuple[Desk, Json]:
    """The case of the sheet made true at the site and told: by who may stand for it where a person has."""
    given = case.given
    role = "liaison" if given.person_found else "caseworker"
    teller = county.desk(given.custodian, "badge-1", role)
    scale = next(each for each in pack.agreements if given.case.concern in each.concern_scale)
    opened = case_body(
        county.new_reference(),
        kind=given.purpose.value,
        concern=given.case.concern,
        scale_of=scale.id,
        flags=sorted(given.case.flags),
        next_review="2026-06-02",
    )
    inviting = {inviter.value for inviter in given.case.invited.values()} or {role}
    opener = county.desk(given.custodian, "badge-1", inviting.pop())
    invited = {"invited": sorted(given.case.invited)} if given.case.invited else {}
    assert (await opener.post("/v1/cases", opened | invited)).status_code == 201
    subject = subject_of(given)
    if given.consent is not None:
        consent = consent_body(
            given.category.value,
            subject=subject,
            grantor={"kind": given.consent.grantor.value, "name": "Who may give it"},
            purposes=[given.purpose.value],
            custodians=[given.custodian],
            recipients=[given.requester.agency],
        )
        assert (await teller.post("/v1/consents", consent)).status_code == 201
    body = {
        "case": opened["reference"],
        "purpose": given.purpose.value,
        "subject": subject,
        "to": [given.requester.agency],
        "information": information_of(pack, case),
        **({"exception": claim_of(given.exception)} if given.exception else {}),
    }
    answer = await teller.post("/v1/offers", body)
    assert answer.status_code == 200, answer.text
    return teller, answer.json()


def claim_of(exception: GivenException) -> Json:
    elements = {
        name: True if kind is ElementKind.TRUE else "as the clinician describes it"
        for name, kind in ELEMENTS[exception.ground].items()
    }
    return emergency(ground=exception.ground.value, elements=elements if exception.made_out else {})


@pytest.mark.parametrize(("id", "case"), TELLINGS)
async def test_a_telling_of_the_sheet(sites: Callable[[str], InProcess], id: str, case: PackCase) -> None:
    county, pack, expected = sites(id), PACKS[id], case.expect
    teller, made = await offered(county, pack, case)
    (answer,) = made["answers"]
    recipient = pack.site.agencies[case.given.requester.agency]
    reader = min(recipient.contacts) if case.given.requester.contact else "badge-nobody"
    desk = county.desk(recipient.id, reader, case.given.requester.role.value)
    if not expected.permits:
        assert answer["result"] == "refused"
        assert [reason["code"] for reason in answer["reasons"]] == [expected.reason]
        assert made["id"] not in (await desk.get("/v1/offers")).text
        assert (await desk.get(f"/v1/offers/{made['id']}")).status_code == 404
        return
    assert set(answer["awaits"]) == expected.awaits
    if expected.awaits:
        assert (answer["state"], answer["result"]) == ("pending", None)
        assert (await desk.get(f"/v1/offers/{made['id']}")).status_code == 404
        for person in ("liaison-1", "liaison-2")[: 2 if "second-review" in expected.awaits else 1]:
            liaison = county.desk(teller.agency, person, "liaison")
            made = (await liaison.post(f"/v1/offers/{made['id']}/release", {})).json()
        (answer,) = made["answers"]
    assert answer["result"] == "delivered"
    assert case.given.requester.role.value in answer["readers"]["roles"]
    (read,) = (await desk.get(f"/v1/offers/{made['id']}")).json()["answers"]
    assert read["result"] == "information-held"
    assert (read["level"], read["basis"]["clause"]) == (
        expected.level and expected.level.word,
        expected.clause,
    )
    assert read["basis"]["kind"] == expected.basis
    assert {duty["code"] for duty in read["obligations"]} == set(expected.obligations)
    if expected.fields is not None and expected.level is Level.RECORD:
        (shown,) = read["record"].values()
        assert set(shown) == expected.fields
    if expected.level is Level.SUMMARY:
        assert read["summary"] == {case.given.category.value: TOLD}
        assert read["record"] is None


def test_most_packs_tell_something() -> None:
    assert len({param.values[0] for param in TELLINGS}) >= 11
    assert len(TELLINGS) >= 54
