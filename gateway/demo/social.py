"""Child and Family Services' cases as Primero v2 keeps them: concerns about children, services given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from agreements.subject import PersonIdentity
from gateway.demo.cast import Cast
from gateway.demo.people import SOCIAL, Known
from gateway.demo.primero_access import Record
from gateway.demo.primero_cases import case, service

_CONCERNS: Final = (
    "neglect",
    "physically_or_mentally_abused",
    "living_with_vulnerable_person",
    "mentally_distressed",
)
_RISKS: Final = ("high", "medium", "low")
_SERVICES: Final = (
    "family_mediation_service",
    "psychosocial_service",
    "education_service",
    "livelihoods_service",
    "shelter_service",
)
_DANIEL, _ZOE = 90001, 90002
_OURSELVES: Final = "agency-riverside-family"


def build_cases(known: Sequence[Known], cast: Cast, chance: Random, today: date) -> list[Record]:
    """A case for everybody, of adults only with the services they are given as parents."""
    made = [_case(each, chance, today) for each in known]
    return [*_story(cast, today), *made]


def _case(known: Known, chance: Random, today: date) -> Record:
    number, born = known.person.number, known.person.born
    registered = max(born, today - timedelta(days=chance.randrange(5, 900)))
    concerns = chance.sample(_CONCERNS, chance.choice((1, 1, 2))) if _is_endangered(chance, known) else []
    kind, done = chance.choice(_SERVICES), chance.random() < 0.4
    return case(
        number,
        known.identity,
        registered,
        concerns=concerns,
        risk=chance.choice(_RISKS) if concerns else None,
        services=[service(number, kind, registered, agency=_OURSELVES, done=done)],
        status="closed" if done else "open",
        more=_unmapped(known.identity),
    )


def _is_endangered(chance: Random, known: Known) -> bool:
    return chance.random() < 0.3 and known.person.age <= 18


def _story(cast: Cast, today: date) -> Iterator[Record]:
    def ago(days: int) -> date:
        return today - timedelta(days=days)

    daniel, zoe = cast.at(SOCIAL)
    support = service(_DANIEL, "family_mediation_service", ago(200), agency=_OURSELVES)
    yield case(_DANIEL, daniel, ago(200), services=[support], more=_unmapped(daniel))
    visits = service(_ZOE, "psychosocial_service", ago(6), agency=_OURSELVES)
    yield case(_ZOE, zoe, ago(8), concerns=["neglect"], risk="high", services=[visits], more=_unmapped(zoe))


def _unmapped(who: PersonIdentity) -> Record:
    """What a case has besides, of which the ready mapping reads nothing."""
    former = [f"{given} {family}" for family, given in who.other_names]
    return {
        "name_other": former[0] if former else None,
        "notes_section": [{"note_subject": "telephone call", "note_text": "never leaves the service"}],
    }
