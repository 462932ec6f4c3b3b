"""A school server that is slow, wrong, foreign or contradicts itself: a fault or doubt, nobody wrong."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.client import DEADLINE
from adapters.oneroster import OneRosterPartner
from adapters.oneroster_people import RosterIds
from adapters.oneroster_settings import open_oneroster
from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from agreements.permit import Holding, Permit
from agreements.subject import Identifier, PersonIdentity, Subject
from agreements.terms import Category, Level, SubjectKind
from gateway.demo.oneroster_server import Manner, OneRosterServer, Quirks
from gateway.demo.oneroster_tokens import CORE
from tests.contracts import school
from tests.contracts.adapter_contract import KNOWN, TWINS, VENUE, permit, permits_for
from tests.servers.tampered_school import Tamper, TamperedSchool, honest, on
from tests.servers.wire import Speak, answer, speaking

EVERYTHING = permits_for(school.WORLD.known)
EDUCATION = [permit(Category.EDUCATION_RECORD, Level.RECORD, ["grades", "schools"])]
BY_NAME = PersonIdentity(KNOWN.family_name, KNOWN.given_name, KNOWN.birth_date)
BY_NUMBER = PersonIdentity(identifiers=KNOWN.identifiers)
SERVER = TamperedSchool()
KNOWN_ID = school.IDS[id(school.WORLD.known)]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    school.write_beside(tmp_path)
    return tmp_path


def open_school(site: Path, url: str, **more: Any) -> OneRosterPartner:
    settings = {"kind": "oneroster", "url": url, "mapping": "mapping.yaml", **more}
    return open_oneroster(settings, site, lambda: datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module", autouse=True)
def serving() -> Iterator[None]:
    with SERVER:
        yield


@contextlib.asynccontextmanager
async def between(
    site: Path, tamper: Tamper = honest, quirks: Quirks | None = None
) -> AsyncIterator[tuple[OneRosterPartner, TamperedSchool]]:
    SERVER.begin(tamper, quirks)
    partner = open_school(site, SERVER.base_url)
    yield partner, SERVER
    await partner.close()


async def ask(partner: OneRosterPartner, permits: Iterable[Permit] = EVERYTHING) -> tuple[Holding, ...]:
    match = await partner.find(Subject(BY_NAME), list(permits))
    assert isinstance(match, Match)
    return await partner.fetch(match, list(permits))


async def fault_of(site: Path, tamper: Tamper, permits: Iterable[Permit] = EDUCATION) -> Fault:
    async with between(site, tamper) as (partner, _):
        with pytest.raises(SourceError) as raised:
            await ask(partner, permits)
        return raised.value.fault


# --- the wrong person ------------------------------------------------------------------------------


async def test_another_persons_record_under_the_id_asked_for_is_a_mismatch(site: Path) -> None:
    other = next(each for each in school.users() if each["sourcedId"] != KNOWN_ID)
    change = on(f"/students/{KNOWN_ID}", lambda document: document.update(user=other))
    assert await fault_of(site, change) is Fault.MISMATCH


async def test_a_server_that_stops_filtering_is_a_mismatch(site: Path) -> None:
    async with between(site) as (partner, server):
        assert isinstance(await partner.find(Subject(BY_NAME), EVERYTHING), Match)
        server.quirks = Quirks(filters=Manner.IGNORED)
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(BY_NAME), EVERYTHING)
        assert raised.value.fault is Fault.MISMATCH
        # Having failed, how it behaves is learnt anew, and now it is read whole.
        assert isinstance(await partner.find(Subject(BY_NAME), EVERYTHING), Match)


@pytest.mark.parametrize("manner", list(Manner))
@pytest.mark.parametrize("asked", [BY_NAME, BY_NUMBER], ids=["by-name", "by-number"])
async def test_two_people_under_one_id_are_never_a_match(
    site: Path, manner: Manner, asked: PersonIdentity
) -> None:
    async with between(site, quirks=Quirks(filters=manner)) as (partner, server):
        server.records["users"].append(school.user(KNOWN_ID, TWINS[0]))
        assert isinstance(await partner.find(Subject(asked), EVERYTHING), Unclear)


@pytest.mark.parametrize("manner", list(Manner))
async def test_two_birth_dates_of_one_person_are_never_a_match(site: Path, manner: Manner) -> None:
    async with between(site, quirks=Quirks(filters=manner)) as (partner, server):
        server.records["demographics"].append({"sourcedId": KNOWN_ID, "birthDate": "2007-04-17"})
        for asked in (BY_NAME, BY_NUMBER):
            assert not isinstance(await partner.find(Subject(asked), EVERYTHING), Match)


async def test_one_number_of_two_people_is_unclear(site: Path) -> None:
    async with between(site) as (partner, server):
        stranger = PersonIdentity("Adeyemi", "Grace", identifiers=KNOWN.identifiers)
        server.records["users"].append(school.user("person-x", stranger))
        assert isinstance(await partner.find(Subject(BY_NUMBER), EVERYTHING), Unclear)


async def test_an_unreadable_name_can_be_found_and_not_released(site: Path) -> None:
    async with between(site) as (partner, server):
        for each in server.records["users"]:
            if each["sourcedId"] == KNOWN_ID:
                each["middleName"] = {"first": "James"}
        assert isinstance(await partner.find(Subject(BY_NAME), EVERYTHING), Unclear)


@pytest.mark.parametrize("sourced_id", ["../orgs/org-1", "..", "a b", "", "it's"], ids=repr)
async def test_an_id_that_cannot_stand_in_an_address_is_not_asked_for(site: Path, sourced_id: str) -> None:
    async with between(site) as (partner, server):
        person = PersonIdentity("Adeyemi", "Grace", KNOWN.birth_date, (Identifier("urn:mrn", "A-1"),))
        server.records["users"].append(school.user(sourced_id, person))
        server.records["demographics"].append({"sourcedId": sourced_id, "birthDate": "2008-04-17"})
        assert isinstance(await partner.find(Subject(person), EVERYTHING), Unclear)
        match = Match(RosterIds(SubjectKind.PERSON, (sourced_id,)), 1.0)
        with pytest.raises(SourceError):
            await partner.fetch(match, EDUCATION)
        assert not [each for each in server.asked if "org-1" in each or "/students/" in each]


async def test_someone_without_a_birth_date_is_not_released_by_name(site: Path) -> None:
    async with between(site) as (partner, server):
        server.records["demographics"] = [
            each for each in server.records["demographics"] if each["sourcedId"] != KNOWN_ID
        ]
        assert isinstance(await partner.find(Subject(BY_NAME), EVERYTHING), Unclear)
        assert isinstance(await partner.find(Subject(BY_NUMBER), EVERYTHING), Match)


async def test_records_to_be_deleted_are_nobody(site: Path) -> None:
    async with between(site) as (partner, server):
        match = await partner.find(Subject(BY_NAME), EVERYTHING)
        assert isinstance(match, Match)
        for each in server.records["users"]:
            if each["sourcedId"] == KNOWN_ID:
                each["status"] = "tobedeleted"
        assert await partner.find(Subject(BY_NAME), EVERYTHING) == NoMatch()
        assert await partner.fetch(match, EDUCATION) == ()


async def test_a_reference_of_another_adapter_is_a_mismatch(site: Path) -> None:
    async with between(site) as (partner, _):
        with pytest.raises(SourceError) as raised:
            await partner.fetch(Match((KNOWN_ID,), 1.0), EVERYTHING)
        assert raised.value.fault is Fault.MISMATCH


# --- what is read ----------------------------------------------------------------------------------


async def test_only_what_is_permitted_is_asked_for(site: Path) -> None:
    async with between(site) as (partner, server):
        match = await partner.find(Subject(BY_NAME), EDUCATION)
        assert isinstance(match, Match)
        looked = [each for each in server.asked if not each.startswith("/demographics")]
        assert all("fields=sourcedId,status,familyName" in each for each in looked)
        assert not [each for each in server.asked if "grades" in each or "roles" in each]
        server.asked.clear()
        assert await partner.fetch(match, [permit(Category.SCHOOL_DISCIPLINE)]) != ()
        assert server.asked == []
        await partner.fetch(match, [permit(Category.EDUCATION_RECORD, Level.RECORD, ["grades"])])
        assert f"/students/{KNOWN_ID}?fields=sourcedId,status,grades,primaryOrg,roles" in server.asked
        assert not [each for each in server.asked if "enabledUser" in each or "demographics" in each]


@pytest.mark.parametrize(
    "name", ["O'Connor' OR familyName!='", "x' AND sourcedId~'", "\\' OR '1'='1"], ids=["or", "and", "escape"]
)
async def test_a_name_cannot_change_the_question(site: Path, name: str) -> None:
    async with between(site) as (partner, server):
        person = PersonIdentity(name, "Daniel", KNOWN.birth_date, (Identifier("urn:mrn", name),))
        assert not isinstance(await partner.find(Subject(person), EVERYTHING), Match)
        filters = [each.partition("filter=")[2] for each in server.asked if "filter=" in each]
        assert all(each.count("'") in (2, 4) for each in filters)
        outside = [re.sub("'[^']*'", "", each) for each in filters]
        assert not [each for each in outside if "!=" in each or each.count("=") + each.count("~") > 2]


async def test_a_site_may_have_no_identity_in_an_address(site: Path) -> None:
    mapping = site / "mapping.yaml"
    mapping.write_text(mapping.read_text().replace("schema: 1", "schema: 1\nsearch: scan"))
    async with between(site) as (partner, server):
        assert isinstance(await partner.find(Subject(KNOWN), EVERYTHING), Match)
        said = " ".join(server.asked)
        assert not [text for text in ("Okafor", "Daniel", "2008-04-17", "'77'") if text in said]


# --- pages -----------------------------------------------------------------------------------------


async def test_a_server_that_ignores_the_offset_is_a_fault_and_never_endless(site: Path) -> None:
    users, births = school.crowd(300)
    quirks = Quirks(filters=Manner.IGNORED, offset=Manner.IGNORED)
    with OneRosterServer([*users, *school.users()], births, quirks=quirks) as server:
        partner = open_school(site, server.base_url)
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(BY_NUMBER), EVERYTHING)
        assert raised.value.fault is Fault.MALFORMED
        await partner.close()


async def test_a_server_that_sends_everybody_at_once_is_read_once(site: Path) -> None:
    users, births = school.crowd(150)

    def everybody(asked: str, document: dict[str, Any]) -> None:
        if asked.startswith("/students?"):
            document["users"] = [*users, *school.users()]
        elif asked.startswith("/demographics?"):
            document["demographics"] = [*births, *school.demographics()]

    async with between(site, everybody) as (partner, server):
        assert isinstance(await partner.find(Subject(BY_NAME), EVERYTHING), Match)
        assert len(server.asked) < 20


async def test_more_people_than_are_read_leave_the_answer_unclear(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.oneroster_source.MAX_PAGES", 2)
    users, births = school.crowd(350)
    everybody = [*school.users(), *users], [*school.demographics(), *births]
    with OneRosterServer(*everybody, quirks=Quirks(filters=Manner.IGNORED)) as server:
        partner = open_school(site, server.base_url)
        # The one asked about stands on the first page, a stranger on none that was read.
        stranger = PersonIdentity("Zielinska", "Halina", KNOWN.birth_date)
        for asked in (BY_NAME, stranger):
            assert isinstance(await partner.find(Subject(asked), EVERYTHING), Unclear)
        await partner.close()


# --- answers that are none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.clear(),
        lambda document: document.update(users="everybody"),
        lambda document: document.update(users=["Okafor"]),
        lambda document: document.update(students=[]),
    ],
    ids=["no-root", "a-text", "no-records", "two-roots"],
)
async def test_a_page_that_is_none_is_malformed(site: Path, change: Any) -> None:
    assert await fault_of(site, on("/students", change)) is Fault.MALFORMED


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda document: document["user"].update(grades=[{"grade": 11}]), Fault.MALFORMED),
        (lambda document: document["user"].update(roles="student"), Fault.MALFORMED),
        (lambda document: document["user"].update(sourcedId=None), Fault.MISMATCH),
        (lambda document: document.pop("user"), Fault.MALFORMED),
    ],
    ids=["grades", "roles", "no-id", "no-root"],
)
async def test_an_entry_that_cannot_be_read_is_no_answer(site: Path, change: Any, fault: Fault) -> None:
    assert await fault_of(site, on(f"/students/{KNOWN_ID}", change)) is fault


async def test_a_token_without_the_scope_for_birth_dates_is_refused_and_not_nobody(site: Path) -> None:
    (site / "secret").write_text("s")
    everything = school.users(), school.demographics(), school.orgs()
    with OneRosterServer(*everything, clients={"gateway": "s"}) as server:
        auth = {"client_id": "gateway", "client_secret_file": "secret", "scopes": [CORE]}
        partner = open_school(site, server.base_url, auth=auth)
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(BY_NAME), EVERYTHING)
        assert raised.value.fault is Fault.REFUSED
        await partner.close()


async def test_tokens_that_are_no_longer_honoured_are_replaced(site: Path) -> None:
    (site / "secret").write_text("s")
    everything = school.users(), school.demographics(), school.orgs()
    with OneRosterServer(*everything, clients={"gateway": "s"}) as server:
        auth = {"client_id": "gateway", "client_secret_file": "secret"}
        partner = open_school(site, server.base_url, auth=auth)
        for _ in range(2):
            assert isinstance(await partner.find(Subject(BY_NAME), EVERYTHING), Match)
            server.tokens.revoke_all()
        await partner.close()


async def test_a_server_that_does_not_answer_costs_two_seconds(site: Path) -> None:
    async def silence(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    assert await fault_at(site, silence) is Fault.TIMEOUT


async def test_a_server_whose_every_page_is_slow_costs_two_seconds(site: Path) -> None:
    numbers = itertools.count()

    async def slowly(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        page = [{"sourcedId": f"a{next(numbers)}"} for _ in range(100)]
        writer.write(answer(json.dumps({"users": page, "demographics": page}).encode()))

    (site / "mapping.yaml").write_text(school.MAPPING.replace("schema: 1", "schema: 1\nsearch: scan"))
    assert await fault_at(site, slowly) is Fault.TIMEOUT


async def test_a_server_that_answers_without_end_is_oversized(site: Path) -> None:
    async def flood(__: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        for _ in range(400):
            writer.write(b" " * 20_000)
            await writer.drain()

    assert await fault_at(site, flood) is Fault.OVERSIZED


async def fault_at(site: Path, speak: Speak) -> Fault:
    async with speaking(speak) as address:
        partner = open_school(site, f"http://{address}/ims/oneroster/rostering/v1p2")
        began = time.monotonic()
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(BY_NAME), EVERYTHING)
        assert time.monotonic() - began < DEADLINE + 1.0
        await partner.close()
        return raised.value.fault


# --- the rows beside -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("discipline.csv", b"student,kind\r\nperson-0,x\r\n"),
        ("discipline.csv", b'student,kind,state,happened_on,measure\r\nperson-0,"x'),
        ("discipline.csv", b"student,kind,state,happened_on,measure\r\nperson-0,x,final\r\n"),
        ("safeguarding.jsonl", b'{"pupil": "person-0", "gist": "x"'),
        ("safeguarding.jsonl", b'{"pupil": "person-0", "steps": [{"deep": 1}]}\n'),
        ("sis.db", b"\0no database" * 1000),
    ],
    ids=["column-gone", "open-quotation", "short-row", "torn-line", "nested", "no-database"],
)
async def test_rows_that_cannot_be_read_are_no_answer(site: Path, name: str, damage: bytes) -> None:
    async with between(site) as (partner, _):
        (site / name).write_bytes(damage)
        with pytest.raises(SourceError) as raised:
            await ask(partner)
        assert raised.value.fault is Fault.MALFORMED
        assert await partner.health() is False
        # What is not asked of the damaged source is still answered.
        assert await ask(partner, EDUCATION) != ()


async def test_a_file_still_being_written_is_no_answer(site: Path) -> None:
    SERVER.begin()
    settings = {"kind": "oneroster", "url": SERVER.base_url, "mapping": "mapping.yaml"}
    partner = open_oneroster(settings, site, now)
    rows = (site / "discipline.csv").read_bytes()
    (site / "discipline.csv").write_bytes(rows[: rows.index(b"\r\n", 60) + 2])
    with pytest.raises(SourceError) as raised:
        await ask(partner)
    assert raised.value.fault is Fault.UNREACHABLE
    await partner.close()


async def test_a_school_is_not_found_among_other_organisations(site: Path) -> None:
    async with between(site) as (partner, server):
        for each in server.records["orgs"]:
            each["type"] = "department"
        leave = [permit(Category.THREAT_REPORT, kind=SubjectKind.VENUE)]
        assert await partner.find(Subject(VENUE), leave) == NoMatch()
