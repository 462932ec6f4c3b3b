"""Sources in disorder: missing, duplicated, contradictory and unparseable records.

Whatever is wrong with them, what leaves is a part of what is truly held about the one person asked about,
or nothing; never another person's, and never a category that nobody can vouch for.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir import FhirPartner
from adapters.fhir_settings import open_fhir
from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from agreements.permit import Holding
from agreements.subject import Identifier, PersonIdentity, Subject
from agreements.terms import Category, Level
from gateway.demo.fhir_server import FhirServer
from tests.contracts.adapter_contract import KNOWN, TWINS, comparable, permit, permits_for
from tests.servers import carebundle, county, medplum, sekmet
from tests.servers.carebundle import Chart
from tests.servers.smart_login import CLIENT, make_login, open_partner

# The first to come here installs the generator.
pytestmark = pytest.mark.timeout(600)

HEALTH = [permit(Category.HEALTH, Level.RECORD, ["conditions", "allergies", "last_encounter"])]
EVERYTHING = [
    *HEALTH,
    *(permit(each, Level.RECORD, ["diagnoses", "injuries", "last_contact"])
      for each in (Category.MENTAL_HEALTH, Category.SUBSTANCE_USE, Category.VICTIM_INJURY,
                   Category.PSYCHOTHERAPY_NOTES)),
]  # fmt: skip
DEFECTS = {
    "missing_field": 0.4,
    "duplicate_entry": 0.4,
    "out_of_order_timestamp": 0.5,
    "unparseable_value": 0.5,
    "unknown_code_system": 0.4,
}


@asynccontextmanager
async def asking(base_url: str) -> AsyncIterator[FhirPartner]:
    settings = {"kind": "fhir", "url": base_url}
    partner = open_fhir(settings, Path(), lambda: datetime.now(UTC), deadline=30.0)
    yield partner
    await partner.close()


@asynccontextmanager
async def held(resources: Iterable[Mapping[str, Any]]) -> AsyncIterator[FhirPartner]:
    """The adapter before the demo's FHIR server, which stores what it is given as it is."""
    with FhirServer(served(resources)) as server:
        async with asking(server.base_url) as partner:
            yield partner


def served(resources: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kinds = {"Patient", "Condition", "Encounter", "Observation", "AllergyIntolerance", "CarePlan"}
    return [dict(each) for each in resources if each["resourceType"] in kinds]


def identity(patient: Mapping[str, Any], *, numbered: bool = True) -> PersonIdentity:
    (name,) = patient["name"]
    numbers = tuple(Identifier(each["system"], each["value"]) for each in patient["identifier"])
    born = date.fromisoformat(patient["birthDate"])
    return PersonIdentity(name["family"], " ".join(name["given"]), born, numbers if numbered else ())


async def ask(partner: FhirPartner, person: PersonIdentity) -> tuple[Holding, ...] | None:
    """What leaves about a person; None where the lookup or the source gave nothing to rely on."""
    try:
        match = await partner.find(Subject(person), EVERYTHING)
        return await partner.fetch(match, EVERYTHING) if isinstance(match, Match) else None
    except SourceError:
        return None


@pytest.fixture(scope="module")
def charts() -> list[Chart]:
    return carebundle.charts(DEFECTS)


def assert_only_of(chart: Chart, charts: list[Chart], found: tuple[Holding, ...]) -> None:
    own = chart.displays()
    foreign = set().union(*(each.displays() for each in charts)) - own
    for holding in found:
        assert holding.category is Category.HEALTH
        told = holding.fields.get("conditions", [])
        assert isinstance(told, list)
        assert set(told) <= own
        assert not [text for text in foreign if text in repr(holding)]


def test_the_generator_made_defects_of_every_kind(charts: list[Chart]) -> None:
    made: Counter[str] = sum((chart.defects for chart in charts), Counter())
    assert set(made) == set(DEFECTS)
    assert made["missing_field"] >= 5 <= made["unknown_code_system"]


@pytest.mark.parametrize("numbered", [True, False], ids=["by-number", "by-name"])
async def test_defective_charts_tell_a_part_of_the_truth_or_nothing(
    charts: list[Chart], numbered: bool
) -> None:
    async with held(each for chart in charts for each in chart.dirty) as partner:
        answers = [await ask(partner, identity(chart.patient(), numbered=numbered)) for chart in charts]
    async with held(each for chart in charts for each in chart.clean) as partner:
        truths = [await ask(partner, identity(chart.patient(), numbered=numbered)) for chart in charts]
    for chart, answer, truth in zip(charts, answers, truths, strict=True):
        assert truth is not None
        assert_only_of(chart, charts, truth)
        assert_only_of(chart, charts, answer or ())
    assert any(answer for answer in answers), "the disorder must leave something to be told"
    assert comparable(answers[0] or ()) != comparable(truths[0] or ()), "and take something away"


async def test_data_marked_as_test_data_is_nobodys() -> None:
    charts = carebundle.charts(dict.fromkeys(DEFECTS, 0.0), marked=True)
    async with held(each for chart in charts for each in chart.clean) as partner:
        for chart in charts:
            assert await ask(partner, identity(chart.patient())) == ()


@pytest.fixture
def medplum_url(charts: list[Chart], tmp_path: Path) -> Iterator[str]:
    with medplum.running(tmp_path, served(each for chart in charts for each in chart.dirty)) as base_url:
        yield base_url


async def test_another_server_with_the_same_disorder_tells_no_more(
    charts: list[Chart], medplum_url: str
) -> None:
    async with asking(medplum_url) as partner:
        for chart in charts:
            assert_only_of(chart, charts, await ask(partner, identity(chart.patient())) or ())


async def test_a_server_that_takes_only_what_is_fhir_tells_no_more(
    charts: list[Chart], tmp_path: Path
) -> None:
    login = make_login(tmp_path)
    with sekmet.running(tmp_path, {CLIENT: login.public}) as server:
        taken = [server.offer(each) for chart in charts for each in served(chart.dirty)]
        assert any(taken)
        partner = open_partner(server.base_url, login)
        answers = [await ask(partner, identity(chart.patient())) for chart in charts]
        await partner.close()
    assert any(answers)
    for chart, answer in zip(charts, answers, strict=True):
        assert_only_of(chart, charts, answer or ())


# --- by hand: what the generator does not get wrong -----------------------------------------------

NUMBERED = PersonIdentity(identifiers=KNOWN.identifiers)


async def test_one_number_on_two_people_releases_neither_by_number() -> None:
    other = county.patient("impostor", TWINS[0]) | {"identifier": county.patient("x", KNOWN)["identifier"]}
    async with held([*county.resources(), other]) as partner:
        assert not isinstance(await partner.find(Subject(NUMBERED), EVERYTHING), Match)
        lookup = await partner.find(Subject(KNOWN), EVERYTHING)
        if isinstance(lookup, Match):
            assert comparable(await partner.fetch(lookup, EVERYTHING)) == comparable(
                await known_truth(EVERYTHING)
            )


async def known_truth(permits: list[Any]) -> tuple[Holding, ...]:
    async with held(county.resources()) as partner:
        match = await partner.find(Subject(KNOWN), permits)
        assert isinstance(match, Match)
        return await partner.fetch(match, permits)


@pytest.mark.parametrize(
    "changed",
    [
        {"birthDate": "1979-11-02"},
        {"name": [{"family": "Okafor", "given": ["Grace"]}]},
    ],
    ids=["birth-date", "given-name"],
)
async def test_a_number_that_contradicts_the_rest_releases_nobody(changed: dict[str, Any]) -> None:
    torn = {**county.patient("torn", KNOWN), **changed}
    others = [each for each in county.resources() if each.get("id") != "okafor-1"]
    async with held([*others, torn]) as partner:
        assert not isinstance(await partner.find(Subject(KNOWN), EVERYTHING), Match)


async def test_two_records_of_one_number_that_contradict_each_other_are_not_joined() -> None:
    double = county.patient("double", KNOWN) | {"birthDate": "1999-12-31"}
    secret = county.condition("secret", "double", county.concept(county.ICD_10_CM, "E66.9", "Obesity"))
    async with held([*county.resources(), double, secret]) as partner:
        lookup = await partner.find(Subject(KNOWN), EVERYTHING)
        if isinstance(lookup, Match):
            assert "Obesity" not in repr(await partner.fetch(lookup, EVERYTHING))


async def test_the_same_person_held_twice_is_told_whole_and_once() -> None:
    again = county.patient("okafor-1-again", KNOWN)
    eczema = county.concept(county.ICD_10_CM, "L30.9", "Dermatitis, unspecified")
    asthma = county.concept(county.ICD_10_CM, "J45.909", "Unspecified asthma")
    more = [
        again,
        county.condition("eczema", "okafor-1-again", eczema),
        county.condition("asthma-again", "okafor-1-again", asthma, onsetDateTime="2015-09-02"),
    ]
    async with held([*county.resources(), *more]) as partner:
        match = await partner.find(Subject(KNOWN), HEALTH)
        assert isinstance(match, Match)
        (told,) = await partner.fetch(match, HEALTH)
    assert told.fields["conditions"] == ["Unspecified asthma", "Dermatitis, unspecified"]


@pytest.mark.parametrize(
    "birth_date", ["2008", "2008-04", "17/04/2008", "2008-04-31", "2008-04-17T00:00:00Z", "unknown", ""]
)
async def test_a_birth_date_that_is_none_never_identifies(birth_date: str) -> None:
    vague = county.patient("vague", KNOWN) | {"birthDate": birth_date, "identifier": []}
    others = [each for each in county.resources() if each.get("id") not in ("okafor-1", "okafor-2")]
    with FhirServer([*others, vague]) as server:
        async with asking(server.base_url) as partner:
            bare = PersonIdentity(KNOWN.family_name, KNOWN.given_name, KNOWN.birth_date)
            try:
                lookup = await partner.find(Subject(bare), EVERYTHING)
            except SourceError:
                return
            assert isinstance(lookup, NoMatch | Unclear)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Daniel Okafor"},
        {"name": [{"family": ["Okafor"]}]},
        {"identifier": {"value": "77"}},
        {"birthDate": 20080417},
        {"address": "12 Alder St"},
        {"meta": {"security": "R"}},
        {"link": [{"type": 7}, "x"]},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_person_record_that_cannot_be_read_is_no_answer(change: dict[str, Any]) -> None:
    broken = {**county.patient("broken", KNOWN), **change}

    class Torn(FhirServer):
        def _bundle(self, resources: Any, total: int, links: Any) -> dict[str, Any]:
            torn = [broken if each["id"] == "okafor-1" else each for each in resources]
            return super()._bundle(torn, total, links)

    with Torn(county.resources()) as server:
        async with asking(server.base_url) as partner:
            with pytest.raises(SourceError) as raised:
                await partner.find(Subject(KNOWN), EVERYTHING)
            assert raised.value.fault is Fault.MALFORMED


def depression(**more: Any) -> dict[str, Any]:
    code = county.concept(county.ICD_10_CM, "F32.1", "Depression")
    return county.condition("c", "okafor-1", code, **more)


ASTHMA = county.concept(county.ICD_10_CM, "J45.909", "Asthma")


@pytest.mark.parametrize(
    "resource",
    [
        county.condition("c", "okafor-1", {"text": "Depression"}),
        county.condition("c", "okafor-1", {"coding": [{"code": "F32.1", "display": "Depression"}]}),
        county.condition("c", "okafor-1", county.concept("urn:local", "F32.1", "Depression")),
        depression(verificationStatus={"coding": [{"code": "entered-in-error"}]}),
        county.encounter("e", "okafor-1", "2026-01-14", status=None),
        county.encounter("e", "okafor-1", "2026-01-14", status="planned"),
        county.encounter("e", "okafor-1", "2026-01-14", diagnosis=[{"condition": {"display": "HIV"}}]),
        county.encounter("e", "okafor-1", "2026-01-14", reasonReference=[{"reference": "#inside"}]),
    ],
    ids=["text-only", "no-system", "local", "mistake", "no-status", "planned", "named-cause", "inside-cause"],
)
async def test_a_record_that_cannot_be_told_to_a_category_is_not_held(resource: dict[str, Any]) -> None:
    kept = {key: value for key, value in resource.items() if value is not None}
    async with held([*county.people(), kept]) as partner:
        assert await ask(partner, KNOWN) == ()


@pytest.mark.parametrize("day", ["sometime in 2015", "2015-13", "2015-02-30", "0000-00-00", "15-09-02"])
async def test_a_day_that_is_none_is_left_out(day: str) -> None:
    told = county.condition("c", "okafor-1", ASTHMA, onsetDateTime=day)
    async with held([*county.people(), told]) as partner:
        assert await ask(partner, KNOWN) == (Holding(Category.HEALTH, "Asthma", {"conditions": ["Asthma"]}),)


@pytest.mark.parametrize(
    "change",
    [{"code": "J45"}, {"subject": {}}, {"subject": None}, {"meta": []}, {"recordedDate": 2015}],
    ids=str,
)
async def test_one_record_that_cannot_be_read_is_no_answer_rather_than_a_part(change: dict[str, Any]) -> None:
    broken = {**county.condition("broken", "okafor-1", ASTHMA), **change}

    class Torn(FhirServer):
        def _bundle(self, resources: Any, total: int, links: Any) -> dict[str, Any]:
            torn = [copy.deepcopy(broken) if each["id"] == "broken" else each for each in resources]
            return super()._bundle(torn, total, links)

    with Torn([*county.resources(), county.condition("broken", "okafor-1", ASTHMA)]) as server:
        async with asking(server.base_url) as partner:
            match = await partner.find(Subject(KNOWN), permits_for(county.WORLD.known))
            assert isinstance(match, Match)
            with pytest.raises(SourceError):
                await partner.fetch(match, permits_for(county.WORLD.known))
