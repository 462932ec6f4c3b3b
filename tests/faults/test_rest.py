"""A JSON API whose answers are wrong, foreign, damaged or hostile: a fault or a doubt, never a release."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.client import DEADLINE
from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from adapters.rest import RestPartner
from adapters.rest_settings import open_rest
from agreements.permit import Holding, Permit
from agreements.subject import Subject
from agreements.terms import Category, Level
from gateway.demo.primero_server import PrimeroServer
from tests.contracts.adapter_contract import KNOWN, TWINS, comparable, permit, permits_for, texts
from tests.contracts.county import COUNTY
from tests.servers import primero
from tests.servers.registry import KEY, mapping
from tests.servers.tampering import Tamper, _Between, on
from tests.servers.wire import answer, saying, speaking

EVERYTHING = permits_for(primero.WORLD.known)
SAFEGUARDING = [permit(Category.SAFEGUARDING, Level.RECORD, ["risk_level", "protection_concerns"])]
KNOWN_CASE = primero.cases()[0]["id"]
OTHER_CASE = primero.cases()[3]["id"]


class TamperedPrimero(PrimeroServer):
    """The demo's Primero with somebody between it and the gateway who changes its answers."""

    def __init__(self, tamper: Tamper, cases: Iterable[dict[str, Any]]) -> None:
        super().__init__(cases, primero.incidents(), [primero.USER])
        self.asked: list[tuple[str, str]] = []
        self._tamper = tamper

    def app(self) -> Starlette:
        app = super().app()
        app.add_middleware(_Between, self._tamper, self.asked)
        return app


def honest(_: str, body: bytes) -> bytes:
    return body


@contextlib.asynccontextmanager
async def between(
    tamper: Tamper, folder: Path, cases: Iterable[dict[str, Any]] | None = None, deadline: float = 10.0
) -> AsyncIterator[tuple[RestPartner, TamperedPrimero]]:
    with TamperedPrimero(tamper, primero.cases() if cases is None else cases) as server:
        settings = {**primero.write_site(folder), "url": server.base_url}
        partner = open_rest(settings, folder, lambda: datetime.now(UTC), deadline=deadline)
        try:
            yield partner, server
        finally:
            await partner.close()


async def ask(partner: RestPartner, permits: Iterable[Permit] = EVERYTHING) -> tuple[Holding, ...]:
    match = await partner.find(Subject(KNOWN), list(permits))
    assert isinstance(match, Match)
    return await partner.fetch(match, list(permits))


async def fault_of(tamper: Tamper, folder: Path, permits: Iterable[Permit] = EVERYTHING) -> Fault:
    async with between(tamper, folder) as (partner, _):
        with pytest.raises(SourceError) as raised:
            await ask(partner, permits)
        return raised.value.fault


def in_search(change: Callable[[dict[str, Any]], object]) -> Tamper:
    return on("/api/v2/cases", change)


def in_record(change: Callable[[dict[str, Any]], object]) -> Tamper:
    return on(f"/cases/{KNOWN_CASE}", change)


# --- whose record it is ---------------------------------------------------------------------------


@pytest.mark.parametrize("other", [OTHER_CASE, "", None, 7, True, {"id": KNOWN_CASE}], ids=repr)
async def test_a_record_under_another_id_is_never_released(other: object, tmp_path: Path) -> None:
    def swap(answer: dict[str, Any]) -> None:
        answer["data"]["id"] = other

    assert await fault_of(in_record(swap), tmp_path) in (Fault.MISMATCH, Fault.MALFORMED)


async def test_another_childs_record_in_place_of_the_one_asked_for_is_a_mismatch(tmp_path: Path) -> None:
    stranger = primero.cases()[3]

    def swap(answer: dict[str, Any]) -> None:
        answer["data"] = stranger

    assert await fault_of(in_record(swap), tmp_path) is Fault.MISMATCH


@pytest.mark.parametrize("other", [OTHER_CASE, None], ids=["another-case", "no-case"])
async def test_an_incident_that_is_not_surely_of_the_case_is_no_answer(
    other: str | None, tmp_path: Path
) -> None:
    def relabel(answer: dict[str, Any]) -> None:
        answer["data"][0]["incident_case_id"] = other

    fault = await fault_of(on("/incidents", relabel), tmp_path)
    assert fault is (Fault.MALFORMED if other is None else Fault.MISMATCH)


async def test_a_record_that_may_no_longer_leave_at_fetch_is_withheld(tmp_path: Path) -> None:
    def refuse(answer: dict[str, Any]) -> None:
        answer["data"]["disclosure_other_orgs"] = False

    async with between(in_record(refuse), tmp_path) as (partner, server):
        assert await ask(partner) == ()
    assert not [address for address, _ in server.asked if "incidents" in address]


# --- messy people ---------------------------------------------------------------------------------


async def test_a_record_given_twice_counts_once(tmp_path: Path) -> None:
    def repeat(answer: dict[str, Any]) -> None:
        answer["data"] += copy.deepcopy(answer["data"])

    async with between(in_search(repeat), tmp_path) as (partner, _):
        assert comparable(await ask(partner)) == comparable(primero.WORLD.known.holdings)


async def test_two_contents_under_one_id_are_no_answer(tmp_path: Path) -> None:
    def contradict(answer: dict[str, Any]) -> None:
        answer["data"].append({**answer["data"][0], "name_last": "Lindqvist"})

    assert await fault_of(in_search(contradict), tmp_path) is Fault.MALFORMED


async def test_a_rival_of_the_same_name_and_birth_date_leaves_nobody_standing_out(tmp_path: Path) -> None:
    first, *others = primero.cases()
    rival = {**first, "id": OTHER_CASE[:-1] + "0", "other_id_no": "78", "protection_concerns": ["rival"]}
    async with between(honest, tmp_path, [first, rival, *others]) as (partner, _):
        named = Subject(replace(KNOWN, identifiers=()))
        assert isinstance(await partner.find(named, EVERYTHING), Unclear)
        assert "rival" not in repr(await ask(partner))


@pytest.mark.parametrize(
    "fields",
    [
        {"date_of_birth": "17/04/2008"},
        {"date_of_birth": "2008-02-30"},
        {"date_of_birth": "2008-4-17"},
        {"date_of_birth": "0000-00-00"},
        {"date_of_birth": None},
        {"name_first": None, "name_middle": None},
        {"name_first": "", "name_last": "  "},
    ],
    ids=str,
)
async def test_a_missing_or_unreadable_part_of_an_identity_never_makes_a_match_on_the_rest(
    fields: dict[str, Any], tmp_path: Path
) -> None:
    def spoil(answer: dict[str, Any]) -> None:
        answer["data"] = [{**each, **fields} for each in answer["data"]]

    async with between(in_search(spoil), tmp_path) as (partner, _):
        lookup = await partner.find(Subject(replace(KNOWN, identifiers=())), EVERYTHING)
    assert isinstance(lookup, NoMatch | Unclear)


@pytest.mark.parametrize(
    "fields",
    [
        {"date_of_birth": 20080417},
        {"date_of_birth": ["2008-04-17", "2009-04-17"]},
        {"name_last": {"en": "Okafor"}},
        {"name_first": ["Daniel"]},
        {"other_id_no": True},
        {"other_id_no": 77.5},
    ],
    ids=str,
)
async def test_a_part_of_an_identity_of_another_kind_is_a_fault_or_a_doubt(
    fields: dict[str, Any], tmp_path: Path
) -> None:
    def spoil(answer: dict[str, Any]) -> None:
        answer["data"] = [{**each, **fields} for each in answer["data"]]

    named = Subject(replace(KNOWN, identifiers=()))
    async with between(in_search(spoil), tmp_path) as (partner, _):
        with contextlib.suppress(SourceError):
            assert not isinstance(await partner.find(named, EVERYTHING), Match)


async def test_a_name_in_another_normal_form_is_the_same_name(tmp_path: Path) -> None:
    def decompose(answer: dict[str, Any]) -> None:
        for each in answer["data"]:
            if each["id"] == KNOWN_CASE:
                each["name_first"] = "Danie\u0308l"

    async with between(in_search(decompose), tmp_path) as (partner, _):
        assert comparable(await ask(partner)) == comparable(primero.WORLD.known.holdings)


# --- messy answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": None, "metadata": {"total": 0}},
        {"data": {}, "metadata": {"total": 0}},
        {"data": ["Okafor"], "metadata": {"total": 1}},
        {"data": [{}], "metadata": {"total": 1}},
        {"data": []},
        {"data": [], "metadata": {"total": "0"}},
        {"data": [], "metadata": {"total": -1}},
        {"data": [], "metadata": {"total": 1}},
        {"data": [], "metadata": {"total": 0}, "errors": [{"status": 500, "message": "x"}]},
        [],
        "data",
        None,
    ],
    ids=str,
)
async def test_what_is_no_list_of_cases_is_a_fault(document: object, tmp_path: Path) -> None:
    def replaced(path: str, body: bytes) -> bytes:
        return json.dumps(document).encode() if path.endswith("/api/v2/cases") else body

    assert await fault_of(replaced, tmp_path) in (Fault.MALFORMED, Fault.REFUSED)


@pytest.mark.parametrize(
    "encode",
    [
        lambda body: body.decode().replace("Daniel", "Daniël").encode("latin-1"),
        lambda body: body.decode().encode("utf-16"),
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body[:-7],
        lambda body: body.replace(b'"id"', b'"id": 1, "id"', 1),
        lambda body: body.replace(b'"total":', b'"total":1e999,"x":'),
        lambda body: b"[" * 100_000 + body,
        lambda body: body.replace(b"Daniel", b"\\ud800"),
    ],
    ids=["latin-1", "utf-16", "byte-order-mark", "truncated", "key-twice", "infinite", "deep", "surrogate"],
)
async def test_other_encodings_and_damage_are_no_answer(
    encode: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    def tamper(path: str, body: bytes) -> bytes:
        return encode(body) if path.endswith("/api/v2/cases") else body

    assert await fault_of(tamper, tmp_path) is Fault.MALFORMED


async def test_fewer_records_than_announced_are_no_answer(tmp_path: Path) -> None:
    def lose(answer: dict[str, Any]) -> None:
        answer["data"].pop()

    assert await fault_of(in_search(lose), tmp_path) is Fault.MALFORMED


class DeafPrimero(TamperedPrimero):
    """It passes over every filter, as a real one does over those on fields outside its user's role."""

    def app(self) -> Starlette:
        app = super().app()
        app.add_middleware(_WithoutSearch)
        return app


class _WithoutSearch:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["query_string"].split(b"&")
        kept = [each for each in asked if each.split(b"=")[0] in (b"page", b"per", b"fields")]
        await self._app({**scope, "query_string": b"&".join(kept)}, receive, send)


@pytest.mark.parametrize(("crowd", "kind"), [(320, Unclear), (20, Match)], ids=["too-many", "all-seen"])
async def test_a_server_that_ignores_the_search_matches_only_if_everybody_was_seen(
    crowd: int, kind: type[object], tmp_path: Path
) -> None:
    with DeafPrimero(honest, primero.cases(crowd_size=crowd)) as server:
        settings = {**primero.write_site(tmp_path), "url": server.base_url}
        partner = open_rest(settings, tmp_path, lambda: datetime.now(UTC), deadline=10.0)
        lookup = await partner.find(Subject(KNOWN), EVERYTHING)
        await partner.close()
    assert isinstance(lookup, kind)


async def test_a_record_of_another_shape_is_no_answer(tmp_path: Path) -> None:
    shapes: list[dict[str, Any]] = [
        {"services_section": {"service_type": "x"}},
        {"services_section": ["psychosocial_support"]},
        {"services_section": [{"service_type": {"en": "x"}}]},
    ]
    for shape in shapes:

        def reshape(answer: dict[str, Any], shape: dict[str, Any] = shape) -> None:
            answer["data"].update(shape)

        permits = [permit(Category.FAMILY_SERVICES, Level.SUMMARY)]
        assert await fault_of(in_record(reshape), tmp_path, permits) is Fault.MALFORMED


async def test_more_members_than_asked_for_are_dropped(tmp_path: Path) -> None:
    def add(answer: dict[str, Any]) -> None:
        answer["data"].update({"risk_level": "high", "notes_section": [{"note_text": "secret"}]})

    async with between(in_record(add), tmp_path) as (partner, _):
        held = await ask(partner, [permit(Category.SAFEGUARDING, Level.RECORD, ["status"])])
    assert [dict(each.fields) for each in held] == [{"status": primero.STATUS}]


async def test_flipped_bits_release_nothing_of_anybody_else(tmp_path: Path) -> None:
    chance = random.Random(23)
    others = (texts(held) for held in primero.WORLD.everybody()[1:])
    foreign = set().union(*others) - texts(primero.WORLD.known)

    def flip(path: str, body: bytes) -> bytes:
        if "/cases" not in path or chance.random() < 0.7:
            return body
        place = chance.randrange(len(body) * 8)
        damaged = bytearray(body)
        damaged[place // 8] ^= 1 << place % 8
        return bytes(damaged)

    outcomes: set[str] = set()
    async with between(flip, tmp_path) as (partner, _):
        for _ in range(25):
            try:
                match = await partner.find(Subject(KNOWN), EVERYTHING)
                if not isinstance(match, Match):
                    outcomes.add("no match")
                    continue
                held = await partner.fetch(match, EVERYTHING)
            except SourceError as error:
                outcomes.add(error.fault)
                continue
            outcomes.add("held")
            assert not [text for text in foreign if text in repr(held)]
    assert {"held", Fault.MALFORMED} <= outcomes


# --- time, size and place -------------------------------------------------------------------------


async def test_slow_pages_cost_at_most_the_deadline(tmp_path: Path) -> None:
    def dawdle(path: str, body: bytes) -> bytes:
        if path.endswith("/api/v2/cases"):
            time.sleep(0.9)
        return body

    cases = primero.cases(crowd_size=250)
    async with between(dawdle, tmp_path, cases, deadline=DEADLINE) as (partner, _):
        began = time.monotonic()
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(KNOWN), EVERYTHING)
        assert raised.value.fault is Fault.TIMEOUT
        assert time.monotonic() - began < DEADLINE + 0.5


async def test_a_server_that_never_finishes_costs_at_most_the_deadline(tmp_path: Path) -> None:
    async with speaking(saying(answer(b"")[:20])) as address:
        settings = {**primero.write_site(tmp_path), "url": f"http://{address}"}
        partner = open_rest(settings, tmp_path, lambda: datetime.now(UTC))
        began = time.monotonic()
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(KNOWN), EVERYTHING)
        assert raised.value.fault is Fault.TIMEOUT
        assert time.monotonic() - began < DEADLINE + 0.5
        await partner.close()


async def test_an_oversized_answer_is_cut(tmp_path: Path) -> None:
    def swell(path: str, body: bytes) -> bytes:
        return body + b" " * (1 << 20) if path.endswith("/api/v2/cases") else body

    assert await fault_of(swell, tmp_path) is Fault.OVERSIZED


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("302 Found", Fault.REFUSED),
        ("401 Unauthorized", Fault.REFUSED),
        ("403 Forbidden", Fault.REFUSED),
        ("404 Not Found", Fault.REFUSED),
        ("429 Too Many Requests", Fault.REFUSED),
        ("500 Internal Server Error", Fault.UNREACHABLE),
        ("503 Service Unavailable", Fault.UNREACHABLE),
    ],
)
async def test_an_error_status_is_a_fault_and_no_redirect_is_followed(
    status: str, fault: Fault, tmp_path: Path
) -> None:
    elsewhere = "location: http://169.254.169.254/latest/meta-data/"
    async with speaking(saying(answer(b"{}", elsewhere, status=status))) as address:
        (tmp_path / "mapping.yaml").write_text(mapping(), "utf-8")
        (tmp_path / "key.txt").write_text(KEY, "ascii")
        settings = {"kind": "rest", "mapping": "mapping.yaml", "auth": {"key": "key.txt"}}
        partner = open_rest({**settings, "url": f"http://{address}"}, tmp_path, lambda: datetime.now(UTC))
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(KNOWN), permits_for(COUNTY.known))
        assert raised.value.fault is fault
        await partner.close()


# --- what is asked for ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("permits", "members"),
    [
        ([permit(Category.SAFEGUARDING)], {"protection_concerns"}),
        (
            [permit(Category.SAFEGUARDING, Level.RECORD, ["status"])],
            {"protection_concerns", "risk_level", "status"},
        ),
        ([permit(Category.FAMILY_SERVICES, Level.RECORD, ["service_type"])], {"services_section"}),
        ([permit(Category.VICTIM_SERVICES)], set()),
    ],
    ids=["existence", "one-field", "services", "incidents"],
)
async def test_only_the_members_that_a_permit_needs_are_asked_for(
    permits: list[Permit], members: set[str], tmp_path: Path
) -> None:
    async with between(honest, tmp_path) as (partner, server):
        await ask(partner, permits)
    asked = [address for address, _ in server.asked if f"/cases/{KNOWN_CASE}?" in address]
    gates = {"id", "record_state", "module_id", "duplicate", "disclosure_other_orgs"}
    assert [set(address.split("fields=")[1].split("%2C")) for address in asked] == [gates | members]


async def test_neither_a_name_nor_a_password_stands_in_an_address(tmp_path: Path) -> None:
    async with between(honest, tmp_path) as (partner, server):
        await ask(partner)
    addresses = " ".join(address for address, _ in server.asked)
    assert "date_of_birth=2008-04-17..2008-04-17" in addresses
    private = ("Okafor", "Daniel", primero.USER.password, primero.USER.user_name)
    assert not [text for text in private if text in addresses]


async def test_an_identifier_that_looks_like_syntax_stays_a_value(tmp_path: Path) -> None:
    hostile = "77&per=1000#/../x?fields=y,z..%00\r\nHost: evil"
    person = replace(KNOWN, identifiers=(replace(TWINS[0].identifiers[0], value=hostile),))
    async with between(honest, tmp_path) as (partner, server):
        await partner.find(Subject(person), EVERYTHING)
    asked = [address for address, _ in server.asked if "query=" in address]
    assert len(asked) == 1
    assert asked[0].count("&") == asked[0].count("=") - 1
    assert asked[0].startswith("/api/v2/cases?")
