"""Agreements and laws as Cedar policies, by which Cedar decides a question as `policies.decide` does.

A request names the evidence it rests on: at most one consent, one exception and one process. A question may
be answered if any such request is allowed. A permitting clause is a `permit`, a prohibition a `forbid`; and
so are laws, which forbid unless one of their openings is shown, and the rules on what evidence counts.

Principal and resource are the requester and the custodian, the action is the purpose, and the rest of the
question stands in the context (`tests.cedar.requests`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agreements.agreement import Agreement, Clause, PartySelector
from agreements.terms import ConsentNeed, Effect, FindingBy, Review
from policies.statute import Law
from tests.cedar.circumstances import case_bites, case_holds
from tests.cedar.evidence import evidence_policies
from tests.cedar.expressions import (
    ALWAYS,
    NEVER,
    among,
    entities,
    entity,
    every,
    instant,
    policy,
    some,
    text,
    words,
)
from tests.cedar.laws import law_policies, understood

DISCLOSE = f"action in {entity('Action', 'disclose')}"
MASK = f"action == {entity('Action', 'mask')}"


def compiled(agreements: Sequence[Agreement], laws: Iterable[Law]) -> str:
    """All policies of a site."""
    known = list(laws)
    parts = [
        part
        for agreement in agreements
        for clause in agreement.clauses
        for part in _clause_policies(agreement, clause, _later(agreement, agreements))
    ]
    parts += [part for law in known for part in law_policies(law)]
    return "".join((*parts, *_declared(known), *evidence_policies()))


def _later(agreement: Agreement, agreements: Iterable[Agreement]) -> list[Agreement]:
    return [other for other in agreements if other.id == agreement.id and other.version > agreement.version]


def clause_name(agreement: str, version: int, clause: str) -> str:
    return f"{agreement}/{version}/{clause}"


def _clause_policies(agreement: Agreement, clause: Clause, later: Sequence[Agreement]) -> Iterable[str]:
    name = clause_name(agreement.id, agreement.version, clause.id)
    reach = (_category(clause), _governs(agreement, later), _parties(agreement, clause))
    spoken = (*reach, _in_period(agreement), _asked(clause))
    action = f"action in {entities('Action', clause.purposes)}"
    if clause.effect is Effect.PERMIT:
        permits = (*spoken, *case_holds(agreement, clause), *_conditions(clause), _tells(clause.fields))
        yield policy("permit", name, action, every(*permits))
    else:
        taken = _withheld(clause.withholds) if clause.withholds else ALWAYS
        yield policy("forbid", name, action, every(*spoken, *case_bites(agreement, clause), taken))
    if clause.masked:
        yield policy("permit", f"{name}/mask", MASK, every(*reach))


def _governs(agreement: Agreement, later: Iterable[Agreement]) -> str:
    """It has come into effect, and no later version of it has."""
    return every(
        f"context.question.at >= {instant(agreement.effective)}",
        *(f"context.question.at < {instant(other.effective)}" for other in later),
    )


def _in_period(agreement: Agreement) -> str:
    return NEVER if agreement.suspended else f"context.question.at < {instant(agreement.expires)}"


def _parties(agreement: Agreement, clause: Clause) -> str:
    """Two parties that the site knows, and that the clause selects by name or sector."""
    parties = entities("Agency", agreement.parties)
    sides = (("principal", clause.requester), ("resource", clause.custodian))
    return every(
        "principal != resource",
        *(
            every(_selects(side, who), f"{side} in {entity('Site', 'site')}", f"{parties}.contains({side})")
            for side, who in sides
        ),
    )


def _selects(side: str, selector: PartySelector) -> str:
    named = f"{entities('Agency', selector.agencies)}.contains({side})" if selector.agencies else NEVER
    of_sector = f"{side} in {entities('Sector', selector.sectors)}" if selector.sectors else NEVER
    return some(named, of_sector)


def _category(clause: Clause) -> str:
    return among("context.question.category", clause.categories)


def _asked(clause: Clause) -> str:
    return every(
        among("context.question.subject", clause.subjects),
        among("context.question.role", clause.roles),
        among("context.question.act", clause.acts),
        "context.question.contact" if clause.contacts_only else ALWAYS,
    )


def _tells(fields: frozenset[str]) -> str:
    return some("!(context has field)", among("context.field", fields))


def _withheld(fields: frozenset[str]) -> str:
    return every("context has field", among("context.field", fields))


def _conditions(clause: Clause) -> Iterable[str]:
    """Level, evidence, duties, and whether an answer may leave at once."""
    needs = clause.conditions
    yield f"context.level <= {int(clause.level)}"
    yield "context has process" if needs.legal_process else "!(context has process)"
    yield some("!(context has exception)", among("context.exception.ground", needs.exceptions))
    if needs.consent is ConsentNeed.REQUIRED:
        given = f"context has consent && context.consent.grantor == {text(needs.consent_from)}"
        yield some("context has exception", given)
    yield understood(clause.obligations)
    waits = some(
        'context.question.subject == "general"' if needs.review is Review.NONE else ALWAYS,
        "context has process",
        "context has exception" if needs.finding is FindingBy.CUSTODIAN else NEVER,
    )
    yield f"!(context.at_once && {waits})"


def _declared(laws: Iterable[Law]) -> Iterable[str]:
    """What the custodian has not declared, or declares bound by a law nobody can read, stays closed."""
    known = words(law.id for law in laws)
    unreadable = f"context.question has regimes && !{known}.containsAll(context.question.regimes)"
    yield policy("forbid", "declared", DISCLOSE, "!(context.question has regimes)")
    yield policy("forbid", "readable", DISCLOSE, unreadable)
    yield policy("permit", "readable/mask", MASK, unreadable)
