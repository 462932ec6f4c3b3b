"""A clause in words, from what a machine reads of it, to be compared with the parties' own text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agreements.agreement import Clause, Conditions, Obligation, PartySelector
from agreements.terms import Act, ConsentNeed, Effect, FindingBy, Level, Review


def clause_in_words(clause: Clause) -> str:
    """One sentence on who, whom, what and how far; then one on each condition and duty."""
    return " ".join([_provision(clause), *_conditions(clause), *_duties(clause.obligations)])


def _provision(clause: Clause) -> str:
    who = f"{_parties(clause.requester)}, as {_any(clause.roles)},"
    about = f"{_any(clause.categories)} of a {_any(clause.subjects)} for {_any(clause.purposes)}"
    whom = _parties(clause.custodian)
    if clause.effect is Effect.PROHIBIT:
        taken = f"the fields {_all(clause.withholds)} of " if clause.withholds else ""
        return f"Never is {who} told by {whom} {taken}{about}."
    level = f"up to level {clause.level.word}"
    if clause.level is Level.RECORD:
        level += f", the fields {_all(clause.fields)}" if clause.fields else ", no field"
    return f"{who} {_acts(clause.acts)} {whom} about {about}, {level}."


def _acts(acts: frozenset[Act]) -> str:
    words = {Act.ASK: "may ask", Act.TELL: "may be told unasked by"}
    return " and ".join(words[act] for act in Act if act in acts) or "may in no way hear from"


def _conditions(clause: Clause) -> Iterator[str]:
    given = clause.conditions
    if clause.contacts_only:
        yield "Only the agency's named contact persons."
    if given.concern_at_least is not None:
        yield f"Only at a concern of at least {given.concern_at_least}."
    if given.case_flags:
        yield f"Only where the case carries {_all(given.case_flags)}."
    if given.case_flags_absent:
        yield f"Not where the case carries {_any(given.case_flags_absent)}."
    if given.workdays_since_opening is not None:
        yield f"Only within {given.workdays_since_opening} working days of the case's opening."
    if given.invited_by:
        yield f"Only where a {_any(given.invited_by)} has put the custodian's invitation on the case."
    if given.unblinded:
        yield "Not to an assessor whom the case keeps from context."
    yield from _evidence(given)
    if clause.masked:
        yield "Refused, withheld and nothing held are told alike."
    if clause.second_look:
        yield "The custodian's duty person sees a refused question about what is held."


def _evidence(given: Conditions) -> Iterator[str]:
    if given.consent is ConsentNeed.REQUIRED:
        yield f"Only with the consent of the {given.consent_from.value}{_stand_in(given)}."
    if given.legal_process:
        yield "Only on legal process that a person at the custodian has verified."
    if given.review is not Review.NONE:
        yield f"Released item by item by the custodian ({given.review.value})."


def _stand_in(given: Conditions) -> str:
    if not given.exceptions:
        return ""
    finder = "a person there" if given.finding is FindingBy.CUSTODIAN else "the custodian's signed reliance"
    return f", or where {finder} finds {_any(given.exceptions)}"


def _duties(duties: Iterable[Obligation]) -> Iterator[str]:
    words = [_duty(duty) for duty in duties]
    if words:
        yield f"Duties: {'; '.join(words)}."


def _duty(duty: Obligation) -> str:
    more = [f"within {duty.within}"] if duty.within else []
    more += [f"in {_any(duty.places)}"] if duty.places else []
    more += [f"never in {_any(duty.never_in)}"] if duty.never_in else []
    more += [f"to {_all(duty.whom)}"] if duty.whom else []
    return " ".join((duty.code.value, *more))


def _parties(selector: PartySelector) -> str:
    sectors = [f"any agency of {sector.value}" for sector in sorted(selector.sectors)]
    return " or ".join((*sorted(selector.agencies), *sectors)) or "nobody"


def _any(words: Iterable[str]) -> str:
    return " or ".join(sorted(words)) or "nobody and nothing"


def _all(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
