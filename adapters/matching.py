"""Whether an identity asked about is one a custodian holds: a graded, explained score. Pure.

`grade` compares two identities, `best` picks the one candidate that stands out, `same_subject` and
`near_duplicate` compare two questions, and `lookup_keys` are the normal forms one can index them by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import compress
from operator import not_
from typing import Final, NamedTuple

from adapters.communications import (
    TEXT_SAME,
    communication_keys,
    compare_communications,
    handle_form,
    shingles,
    text_similarity,
)
from adapters.evidence import ASK, RELEASE, Evidence, probability
from adapters.names import Likeness
from adapters.partner import FieldWeight, Lookup, Match, NoMatch, Unclear
from adapters.people import (
    birth_date_likeness,
    compare_people,
    identifier_agreement,
    identifier_keys,
    like_forms,
    name_keys,
    name_likeness,
)
from adapters.venues import (
    SAME_VENUE_NAME,
    address_likeness,
    compare_venues,
    line_words,
    venue_key,
    venue_name_likeness,
    venue_words,
)
from agreements.subject import (
    AskedAbout,
    CommunicationIdentity,
    Identity,
    PersonIdentity,
    Subject,
    VenueIdentity,
)

__all__ = [
    "ASK",
    "RELEASE",
    "Score",
    "best",
    "best_records",
    "block_keys",
    "doubt_keys",
    "grade",
    "likeliest",
    "lookup_keys",
    "near_duplicate",
    "same_subject",
]


_CONTRADICTING: Final = frozenset({Likeness.DIFFERENT, Likeness.NEAR, Likeness.SLIGHT})


SLIP_BITS: Final = 5.0
"""What each slip of the pen more than the best candidate's costs a rival.

A weight for a slip is of any slip; that it should have made just another held person's value is rarer.
"""

_SLIPS: Final = frozenset({Likeness.SPELLING, Likeness.NEAR, Likeness.SLIGHT, Likeness.DIGIT})


@dataclass(frozen=True, slots=True)
class Score:
    """Probability in [0, 1] that both are one subject; the weights, in bits, add up to its log-odds."""

    value: float
    explanation: tuple[FieldWeight, ...]


class _Candidate(NamedTuple):
    reference: object
    identity: Identity
    evidence: Evidence


def grade(query: Subject, held: Identity) -> Score:
    """Compare the subject asked about with one identity a custodian holds."""
    evidence = _compare(query.reveal(), held)
    return Score(0.0, ()) if evidence is None else Score(probability(evidence.bits), evidence.weights)


def best(query: Subject, candidates: Iterable[tuple[object, Identity]]) -> Lookup:
    """The one candidate that stands out, as a `Match` with its reference.

    A candidate's score is the probability that it, rather than nobody or another candidate, is the
    one asked about; so two near candidates leave neither above `RELEASE`, and the answer is `Unclear`.
    """
    lookup = best_records(query, candidates)
    if isinstance(lookup, Match) and isinstance(lookup.reference, tuple):
        return replace(lookup, reference=lookup.reference[0])
    return lookup


def best_records(query: Subject, candidates: Iterable[tuple[object, Identity]]) -> Lookup:
    """Like `best`, for sources that hold one subject twice: a `Match` carries a tuple of references.

    The best candidate comes first; candidates that are the `same_subject` as it are no rivals and follow.
    """
    return _lookup(_ranked(query.reveal(), candidates))


def likeliest(query: Subject, candidates: Iterable[tuple[object, Identity]]) -> tuple[object, float] | None:
    """The reference of the best candidate with its score, however low; None among no candidates.

    The score is the one `best_records` holds against its thresholds.
    """
    ranked = _ranked(query.reveal(), candidates)
    return (ranked[0].reference, _standing(ranked)[0]) if ranked else None


def _lookup(ranked: list[_Candidate]) -> Lookup:
    if not ranked:
        return NoMatch()
    top = ranked[0]
    score, same = _standing(ranked)
    if top.evidence.releasable and score >= RELEASE:
        references = (top.reference, *(each.reference for each in compress(ranked[1:], same)))
        return Match(references, score, top.evidence.weights)
    return NoMatch() if probability(top.evidence.bits) < ASK else Unclear(score)


def _standing(ranked: list[_Candidate]) -> tuple[float, list[bool]]:
    """The score of the first among the others, and which of those are the same subject as it."""
    top, others = ranked[0], ranked[1:]
    odds = 2**top.evidence.bits
    if not others:
        return odds / (1 + odds), []
    asked, keys = Subject(top.identity), set(lookup_keys(Subject(top.identity)))
    subjects = (Subject(each.identity) for each in others)
    same = [not keys.isdisjoint(lookup_keys(each)) and same_subject(asked, each) for each in subjects]
    slips = _slips(top)
    rivals = sum(
        2 ** (each.evidence.bits - SLIP_BITS * max(0, _slips(each) - slips))
        for each in compress(others, map(not_, same))
    )
    return odds / (1 + odds + rivals), same


def _slips(candidate: _Candidate) -> int:
    return sum(each.agreement in _SLIPS for each in candidate.evidence.weights)


def _ranked(query: AskedAbout, candidates: Iterable[tuple[object, Identity]]) -> list[_Candidate]:
    graded = ((reference, held, _compare(query, held)) for reference, held in candidates)
    found = [_Candidate(ref, held, evidence) for ref, held, evidence in graded if evidence is not None]
    return sorted(found, key=lambda each: -each.evidence.bits)


def _compare(query: AskedAbout, held: Identity) -> Evidence | None:
    if isinstance(query, PersonIdentity):
        return compare_people(query, held) if isinstance(held, PersonIdentity) else None
    if isinstance(query, VenueIdentity):
        return compare_venues(query, held) if isinstance(held, VenueIdentity) else None
    if isinstance(query, CommunicationIdentity) and isinstance(held, CommunicationIdentity):
        return compare_communications(query, held)
    return None


def same_subject(one: Subject, other: Subject) -> bool:
    """Whether two questions are surely about one subject.

    They share a lookup key, and nothing both state contradicts. A person's addresses do not count, since
    people move.
    """
    if set(lookup_keys(one)).isdisjoint(lookup_keys(other)):
        return False
    a, b = one.reveal(), other.reveal()
    if isinstance(a, PersonIdentity) and isinstance(b, PersonIdentity):
        names = name_likeness(a, b)
        born = birth_date_likeness(a.birth_date, b.birth_date)
        _, conflict = identifier_agreement(a.identifiers, b.identifiers)
        contradicted = {names.family, names.given} & _CONTRADICTING
        return not contradicted and not conflict and born in (Likeness.EQUAL, Likeness.ABSENT)
    if isinstance(a, VenueIdentity) and isinstance(b, VenueIdentity):
        return address_likeness(a.address, b.address) is not Likeness.DIFFERENT
    return True


def near_duplicate(one: Subject, other: Subject) -> bool:
    """Whether two questions differ only as one question asked again in other words would.

    For people an equal identifier, or the same birth date (or none in both) under a near name; another
    birth date is another person.
    """
    a, b = one.reveal(), other.reveal()
    if isinstance(a, PersonIdentity) and isinstance(b, PersonIdentity):
        return _near_people(a, b)
    if isinstance(a, VenueIdentity) and isinstance(b, VenueIdentity):
        apart = address_likeness(a.address, b.address) is Likeness.DIFFERENT
        return not apart and venue_name_likeness(a.name, b.name) in SAME_VENUE_NAME
    if isinstance(a, CommunicationIdentity) and isinstance(b, CommunicationIdentity):
        return _near_communications(a, b)
    return False


def _near_people(one: PersonIdentity, other: PersonIdentity) -> bool:
    if birth_date_likeness(one.birth_date, other.birth_date) not in (Likeness.EQUAL, Likeness.ABSENT):
        return False
    equal, _ = identifier_agreement(one.identifiers, other.identifiers)
    near = name_likeness(one, other).same
    return equal or (near and one.birth_date == other.birth_date)


def _near_communications(one: CommunicationIdentity, other: CommunicationIdentity) -> bool:
    if handle_form(one) or handle_form(other):
        return handle_form(one) == handle_form(other)
    return text_similarity(one.text, other.text) >= TEXT_SAME


def lookup_keys(subject: Subject) -> tuple[str, ...]:
    """Normal forms to find a subject by; subjects that are `same_subject` always share one.

    For a person one for each identifier and one for each full name with the birth date; for a venue its
    name and address; for a communication its channel and handle, or a digest of its text's words. A question
    about nobody has none.
    """
    identity = subject.reveal()
    if isinstance(identity, PersonIdentity):
        born = identity.birth_date
        named = () if born is None else tuple(f"name|{n}|{born.isoformat()}" for n in name_keys(identity))
        return identifier_keys(identity) + named
    if isinstance(identity, VenueIdentity):
        return (venue_key(identity),)
    return communication_keys(identity) if isinstance(identity, CommunicationIdentity) else ()


def block_keys(identity: AskedAbout) -> tuple[str, ...]:
    """Coarser keys: a candidate that can be released shares at least one of them with the subject."""
    if isinstance(identity, PersonIdentity):
        born = identity.birth_date
        return identifier_keys(identity) + (() if born is None else (f"born|{born.isoformat()}",))
    if isinstance(identity, VenueIdentity):
        words = tuple(f"word|{word}" for word in set(venue_words(identity.name)))
        line = "" if identity.address is None else " ".join(line_words(identity.address.line))
        return words + ((f"line|{line}",) if line else ())
    if not isinstance(identity, CommunicationIdentity):
        return ()
    handle = (f"handle|{handle_form(identity)}",) if handle_form(identity) else ()
    return handle + tuple(f"shingle|{each}" for each in shingles(identity.text))


def doubt_keys(identity: AskedAbout) -> tuple[str, ...]:
    """Further keys of candidates that can only make an answer unclear.

    People of the same full name, of a like name (in either order), and of a like first or family name
    whose birth date has two parts in common.
    """
    if not isinstance(identity, PersonIdentity):
        return ()
    named = tuple(f"name|{n}" for n in name_keys(identity))
    return named + tuple(f"like|{form}" for form in like_forms(identity))
