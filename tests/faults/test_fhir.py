"""A FHIR server whose answers are wrong, foreign, damaged or hostile: a fault, and never a wrong release."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import time
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir import FhirPartner
from adapters.fhir_settings import open_fhir
from adapters.partner import Fault, Match, SourceError
from agreements.permit import Holding, Permit
from agreements.subject import Subject
from agreements.terms import Category, Level
from tests.contracts.adapter_contract import KNOWN, TWINS, comparable, permit, permits_for
from tests.servers import county
from tests.servers.tampering import Tamper, TamperedServer, on
from tests.servers.wire import answer, saying, speaking

EVERYTHING = permits_for(county.WORLD.known)
MENTAL = [permit(Category.MENTAL_HEALTH, Level.RECORD, ["diagnoses"])]


def honest(_: str, body: bytes) -> bytes:
    return body


@contextlib.asynccontextmanager
async def between(
    tamper: Tamper, resources: Iterable[dict[str, Any]] | None = None
) -> AsyncIterator[tuple[FhirPartner, TamperedServer]]:
    server = TamperedServer(county.resources() if resources is None else resources, tamper)
    with server:
        partner = open_fhir({"kind": "fhir", "url": server.base_url}, Path(), lambda: datetime.now(UTC))
        yield partner, server
        await partner.close()


async def ask(partner: FhirPartner, permits: Iterable[Permit] = EVERYTHING) -> tuple[Holding, ...]:
    match = await partner.find(Subject(KNOWN), list(permits))
    assert isinstance(match, Match)
    return await partner.fetch(match, list(permits))


async def fault_of(tamper: Tamper, permits: Iterable[Permit] = EVERYTHING) -> Fault:
    async with between(tamper) as (partner, _):
        with pytest.raises(SourceError) as raised:
            await ask(partner, permits)
        return raised.value.fault


def entries(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bundle.setdefault("entry", [])
    return found


async def test_another_patients_record_in_the_bundle_is_a_mismatch() -> None:
    stray = county.condition(
        "stray", "lindqvist-1", county.concept(county.ICD_10_CM, "F20.9", "Schizophrenia")
    )

    def slip_in(bundle: dict[str, Any]) -> None:
        entries(bundle).append({"resource": stray, "search": {"mode": "match"}})
        bundle["total"] += 1

    assert await fault_of(on("/Condition/_search", slip_in)) is Fault.MISMATCH


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/okafor-2"},
        {"reference": "https://elsewhere.example/fhir/Patient/okafor-1"},
        {"reference": "Group/okafor-1"},
        {"display": "Daniel Okafor"},
        {},
    ],
    ids=["other-patient", "other-server", "a-group", "only-a-name", "nothing"],
)
async def test_a_record_that_is_not_surely_about_the_person_is_a_mismatch(subject: dict[str, Any]) -> None:
    def relabel(bundle: dict[str, Any]) -> None:
        entries(bundle)[0]["resource"]["subject"] = subject

    assert await fault_of(on("/Condition/_search", relabel)) is Fault.MISMATCH


async def test_a_record_without_its_subject_is_a_mismatch() -> None:
    def forget(bundle: dict[str, Any]) -> None:
        del entries(bundle)[0]["resource"]["subject"]

    assert await fault_of(on("/Condition/_search", forget)) is Fault.MISMATCH


async def test_included_and_other_resources_are_ignored() -> None:
    stray = county.condition(
        "stray", "lindqvist-1", county.concept(county.ICD_10_CM, "F20.9", "Schizophrenia")
    )

    def include(bundle: dict[str, Any]) -> None:
        warning = {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "warning", "code": "informational"}],
        }
        entries(bundle).append({"resource": stray, "search": {"mode": "include"}})
        entries(bundle).append({"resource": county.patient("x", TWINS[0]), "search": {"mode": "match"}})
        entries(bundle).append({"resource": warning, "search": {"mode": "outcome"}})

    async with between(on("/Condition/_search", include)) as (partner, _):
        held = await ask(partner)
    assert comparable(held) == comparable(county.WORLD.known.holdings)


async def test_a_record_given_twice_counts_once() -> None:
    def repeat(bundle: dict[str, Any]) -> None:
        entries(bundle).extend(copy.deepcopy(entries(bundle)))

    async with between(on("/_search", repeat)) as (partner, _):
        held = await ask(partner)
    assert comparable(held) == comparable(county.WORLD.known.holdings)


async def test_two_contents_under_one_id_are_no_answer() -> None:
    def contradict(bundle: dict[str, Any]) -> None:
        twin = copy.deepcopy(entries(bundle)[0])
        twin["resource"]["code"] = county.concept(county.ICD_10_CM, "J00", "Common cold")
        entries(bundle).append(twin)

    assert await fault_of(on("/Condition/_search", contradict)) is Fault.MALFORMED


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/fhir/Condition?page=2",
        "https://127.0.0.1:{port}/fhir/Condition?page=2",
        "http://127.0.0.1:1/fhir/Condition?page=2",
        "http://user@127.0.0.1:{port}/fhir/Condition?page=2",
        "http://127.0.0.1:{port}/other/Condition?page=2",
        "http://127.0.0.1:{port}/fhir/../admin",
        "http://127.0.0.1:{port}/fhir/%2e%2e/admin",
        "http://127.0.0.1:{port}\\@evil.example/fhir/Condition",
        "//evil.example/fhir/Condition?page=2",
        "file:///etc/passwd",
        "http://[::1",
    ],
    ids=[
        "metadata",
        "other-scheme",
        "other-port",
        "user-name",
        "other-path",
        "dot-segments",
        "encoded-dots",
        "backslash",
        "no-scheme",
        "file",
        "broken",
    ],
)
async def test_a_next_link_that_leaves_the_server_is_not_followed(link: str) -> None:
    async with between(honest) as (_, server):
        port = server.base_url.split(":")[2].split("/")[0]

    def mislead(bundle: dict[str, Any]) -> None:
        bundle["link"].append({"relation": "next", "url": link.replace("{port}", port)})

    assert await fault_of(on("/Condition/_search", mislead)) is Fault.MISMATCH


async def test_endless_pages_are_given_up() -> None:
    def more(bundle: dict[str, Any]) -> None:
        url = bundle["link"][0]["url"]
        bundle["link"].append({"relation": "next", "url": url})

    assert await fault_of(on("/Condition/_search", more)) is Fault.OVERSIZED


async def test_too_many_people_to_see_are_unclear_and_never_a_match() -> None:
    def more(bundle: dict[str, Any]) -> None:
        bundle["link"].append({"relation": "next", "url": bundle["link"][0]["url"]})

    async with between(on("/Patient/_search", more)) as (partner, _):
        assert not isinstance(await partner.find(Subject(KNOWN), EVERYTHING), Match)


async def test_fewer_resources_than_announced_are_no_answer() -> None:
    def lose(bundle: dict[str, Any]) -> None:
        entries(bundle).pop()

    assert await fault_of(on("/Condition/_search", lose)) is Fault.MALFORMED


async def test_a_record_that_changes_between_two_readings_is_a_mismatch() -> None:
    readings = 0

    def relabel(bundle: dict[str, Any]) -> None:
        nonlocal readings
        readings += 1
        if readings == 2:
            entries(bundle)[0]["resource"]["meta"]["security"] = [{"system": county.ACT_CODE, "code": "HIV"}]

    assert await fault_of(on("/Condition/_search", relabel), MENTAL) is Fault.MISMATCH
    assert readings == 2


@pytest.mark.parametrize(
    "document",
    [
        {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]},
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle", "type": "searchset", "entry": {}},
        {"resourceType": "Bundle", "type": "searchset", "entry": [{}]},
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [{"resource": {"resourceType": "Condition"}}],
        },
        {"resourceType": "Bundle", "type": "searchset", "total": "1"},
        {"resourceType": "Patient"},
        [],
        "Bundle",
    ],
    ids=str,
)
async def test_what_is_no_searchset_is_a_fault(document: object) -> None:
    def replace(path: str, body: bytes) -> bytes:
        return json.dumps(document).encode() if path.endswith("/Condition/_search") else body

    assert await fault_of(replace) in (Fault.MALFORMED, Fault.REFUSED)


async def test_an_error_inside_a_bundle_is_a_fault() -> None:
    def fail(bundle: dict[str, Any]) -> None:
        outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
        entries(bundle).append({"resource": outcome, "search": {"mode": "outcome"}})

    assert await fault_of(on("/Condition/_search", fail)) is Fault.REFUSED


async def test_an_older_or_newer_fhir_is_a_mismatch() -> None:
    for version in ("3.0.2", "5.0.0"):

        def age(statement: dict[str, Any], version: str = version) -> None:
            statement["fhirVersion"] = version

        assert await fault_of(on("/metadata", age)) is Fault.MISMATCH


async def test_flipped_bits_release_no_other_category_and_no_other_person() -> None:
    chance = random.Random(17)
    true = county.WORLD.known.holdings
    everybody = [
        text for held in county.WORLD.everybody() if held is not county.WORLD.known for text in repr_of(held)
    ]

    def flip(path: str, body: bytes) -> bytes:
        if not path.endswith("/_search") or len(body) < 2 or chance.random() < 0.8:
            return body
        place = chance.randrange(len(body) * 8)
        damaged = bytearray(body)
        damaged[place // 8] ^= 1 << place % 8
        return bytes(damaged)

    outcomes: set[str] = set()
    async with between(flip) as (partner, _):
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
            assert {each.category for each in held} <= {each.category for each in true}
            assert not [text for text in everybody if text in repr(held)]
    assert {"held", Fault.MALFORMED} <= outcomes


def repr_of(held: Any) -> list[str]:
    return [each.summary for each in held.holdings if each.summary]


async def test_a_slow_server_costs_at_most_two_seconds() -> None:
    async with speaking(saying(answer(b"")[:20])) as address:
        partner = open_fhir(
            {"kind": "fhir", "url": f"http://{address}/fhir"}, Path(), lambda: datetime.now(UTC)
        )
        began = time.monotonic()
        with pytest.raises(SourceError) as raised:
            await partner.find(Subject(KNOWN), EVERYTHING)
        assert raised.value.fault is Fault.TIMEOUT
        assert time.monotonic() - began < 2.5
        await partner.close()


async def test_no_identity_stands_in_an_address() -> None:
    async with between(honest, county.resources(crowd_size=120)) as (partner, server):
        await ask(partner)
        addresses = [address for address, _ in server.asked]
        bodies = " ".join(body for _, body in server.asked)
    assert "2008-04-17" in bodies
    assert "_offset" in bodies, "the crowd must fill more than one page"
    assert not [
        text for text in ("Okafor", "Daniel", "2008", "77", "okafor-1") for each in addresses if text in each
    ]


@pytest.mark.parametrize(
    ("permits", "read"),
    [
        ([permit(Category.PSYCHOTHERAPY_NOTES)], {"DocumentReference"}),
        ([permit(Category.VICTIM_INJURY, Level.RECORD, ["injuries"])], {"Condition"}),
        ([permit(Category.MENTAL_HEALTH)], {"Condition"}),
    ],
    ids=["notes", "injury", "existence-is-enough"],
)
async def test_only_what_a_permit_needs_is_asked_for(permits: list[Permit], read: set[str]) -> None:
    async with between(honest) as (partner, server):
        await ask(partner, permits)
    kinds = {address.split("/")[2] for address, _ in server.asked if address.endswith("/_search?")}
    assert kinds - {"Patient", "Observation"} == read


async def test_at_existence_no_content_is_asked_for() -> None:
    permits = [
        permit(category) for category in (Category.HEALTH, Category.MENTAL_HEALTH, Category.SUBSTANCE_USE)
    ]
    async with between(honest) as (partner, server):
        held = await ask(partner, permits)
    assert {each.category for each in held} == {each.category for each in permits}
    asked = " ".join(body for _, body in server.asked)
    assert "_elements=" in asked
    assert not [name for name in ("onset", "recordedDate", "period", "title") if name in asked]


async def test_content_of_an_unpermitted_category_is_not_read() -> None:
    async with between(honest) as (partner, server):
        await ask(partner, [permit(Category.SUBSTANCE_USE, Level.SUMMARY)])
    contents = [body for _, body in server.asked if "onset" in body or "period" in body]
    assert contents
    assert not [body for body in contents if "depression" in body or "asthma" in body or "hiv" in body]
    assert "title" not in " ".join(contents)
