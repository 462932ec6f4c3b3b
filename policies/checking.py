"""What is wrong, idle or missing in a set of agreements although every file is well-formed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from agreements.agreement import Agreement, Clause
from agreements.terms import Effect, Level
from policies.cells import Bound, Setting
from policies.findings import Finding, Grade, about_agreement, about_clause, ordered
from policies.guards import Circumstances
from policies.never import Statement, broken_statements
from policies.reach import Reach, Reaches, by_rule
from policies.rules import Rule
from policies.wording import all_of, instant_said, one_of


def check(
    setting: Setting, statements: Iterable[Statement], at: datetime, *, known: bool = True
) -> list[Finding]:
    """Every finding about the set from an instant on, errors first.

    Args:
        known: whether the agencies are those of a site; where they stand in for it, nothing is said of law
            and of parties whom a clause may select by their sector.
    """
    reaches = Reaches(setting, at)
    told = [each for each in setting.rules.agreements if known or _by_name(each)]
    found = [
        *chain.from_iterable(_dates(setting, agreement, at) for agreement in setting.rules.agreements),
        *chain.from_iterable(_parties(setting, agreement, at) for agreement in told),
        *_clauses(setting, reaches, at, known=known),
    ]
    if known:
        found += [*_declared(setting, at), *_unreadable(setting), *_broken(setting, statements, at)]
    return ordered(found)


def _in_sight(setting: Setting, agreement: Agreement, at: datetime) -> bool:
    """Whether a version is in force or will be."""
    later = agreement.effective > at
    return (
        not agreement.suspended and at < agreement.expires and (later or setting.rules.governs(agreement, at))
    )


def _dates(setting: Setting, agreement: Agreement, at: datetime) -> Iterator[Finding]:
    superseded = agreement.effective <= at and not setting.rules.governs(agreement, at)
    if superseded:
        yield about_agreement(agreement, "superseded", Grade.NOTE, "A later version governs.", "version")
    elif agreement.suspended:
        text = "It is suspended: none of its clauses is in force."
        yield about_agreement(agreement, "suspended", Grade.NOTE, text, "suspended")
    elif agreement.expires <= at:
        text = f"It expired on {instant_said(agreement.expires)}; none of its clauses is in force."
        yield about_agreement(agreement, "expired", Grade.WARNING, text, "expires")
    else:
        yield from _review(agreement, at)


def _review(agreement: Agreement, at: datetime) -> Iterator[Finding]:
    if agreement.review_by <= at:
        text = f"Its review was due on {instant_said(agreement.review_by)}."
        yield about_agreement(agreement, "review-past", Grade.WARNING, text, "review_by")
    elif agreement.review_by >= agreement.expires:
        text = "No review is due before it expires: say with `review_by` when the parties look at it again."
        yield about_agreement(agreement, "review-missing", Grade.WARNING, text, "review_by")


def _by_name(agreement: Agreement) -> bool:
    """Whether every clause names agencies one by one."""
    return not any(clause.requester.sectors | clause.custodian.sectors for clause in agreement.clauses)


def _parties(setting: Setting, agreement: Agreement, at: datetime) -> Iterator[Finding]:
    if not _in_sight(setting, agreement, at):
        return
    permits = [clause for clause in agreement.clauses if clause.effect is Effect.PERMIT]
    for number, party in enumerate(agreement.parties):
        key, bound = f"parties[{number}]", setting.agencies.get(party)
        if bound is None:
            text = f"{party} is no agency of this site: no clause reaches it."
            yield about_agreement(agreement, "party-unknown", Grade.WARNING, text, key)
            continue
        gives = any(clause.custodian.selects(party, bound.sector) for clause in permits)
        gets = any(clause.requester.selects(party, bound.sector) for clause in permits)
        if not gives and not gets:
            text = f"No clause lets {party} ask or be asked anything."
            yield about_agreement(agreement, "party-unnamed", Grade.WARNING, text, key)
        elif not gets:
            text = f"{party} gives and never gets: no clause lets it ask anything."
            yield about_agreement(agreement, "one-sided", Grade.WARNING, text, key)


def _clauses(setting: Setting, reaches: Reaches, at: datetime, *, known: bool) -> Iterator[Finding]:
    reached = by_rule(reaches)
    for agreement in setting.rules.agreements:
        if not _in_sight(setting, agreement, at):
            continue
        for number, clause in enumerate(agreement.clauses):
            rule = Rule(agreement, clause, (agreement.id, agreement.version, number))
            yield from _idle_words(rule)
            found = reached.get((agreement.id, agreement.version, clause.id), [])
            if clause.effect is Effect.PERMIT:
                yield from _permission(setting, rule, found, reaches, known=known)
            elif not found:
                yield about_clause(rule, "matches-nobody", Grade.ERROR, _nobody(clause))
            elif not Circumstances.of([rule]).guard(rule):
                yield about_clause(rule, "never-satisfiable", Grade.ERROR, _NEVER, "conditions")


_NEVER = "Its conditions can never hold together: a flag must be set and not be set."


def _idle_words(rule: Rule) -> Iterator[Finding]:
    clause, scale = rule.clause, rule.agreement.concern_scale
    if clause.conditions.concern_at_least == scale[0]:
        text = f"{scale[0]} is the least concern of the scale: it limits nothing."
        yield about_clause(rule, "concern-limits-nothing", Grade.NOTE, text, "conditions.concern_at_least")
    if clause.effect is not Effect.PERMIT:
        return
    if clause.level is Level.RECORD and not clause.fields:
        text = "At level record no field is listed, so that none is released."
        yield about_clause(rule, "record-without-fields", Grade.WARNING, text, "fields")
    if clause.level is not Level.RECORD and clause.fields:
        text = (
            f"Fields are released at level record only; this clause goes no further than {clause.level.word}."
        )
        yield about_clause(rule, "fields-never-released", Grade.WARNING, text, "fields")


def _permission(
    setting: Setting, rule: Rule, found: Sequence[Reach], reaches: Reaches, *, known: bool
) -> Iterator[Finding]:
    if not found:
        yield about_clause(rule, "matches-nobody", Grade.ERROR, _nobody(rule.clause))
        return
    idle = [reach for reach in found if reach.most is None]
    for reach in idle:
        yield _idle(setting, reach, reaches, whole=len(idle) == len(found))
    used = [reach.most for reach in found if reach.most is not None]
    if used and max(used) < rule.clause.level:
        text = f"It says {rule.clause.level.word}, but law or other clauses leave at most {max(used).word}."
        yield about_clause(rule, "level-not-reached", Grade.NOTE, text, "level")
    if known:
        yield from _law_duties(rule, found)


def _law_duties(rule: Rule, found: Sequence[Reach]) -> Iterator[Finding]:
    added = sorted({duty.value for reach in found for duty in reach.duties})
    if added:
        text = (
            f"Law attaches duties that the clause does not name: {all_of(added)}. Answers carry them all the "
            "same; naming them tells the parties."
        )
        yield about_clause(rule, "duty-of-law-unnamed", Grade.NOTE, text, "obligations")


def _nobody(clause: Clause) -> str:
    """Why a clause matches no request."""
    empty = {
        "requester": not clause.requester.agencies and not clause.requester.sectors,
        "requester.roles": not clause.roles,
        "custodian": not clause.custodian.agencies and not clause.custodian.sectors,
        "purposes": not clause.purposes,
        "subjects": not clause.subjects,
        "categories": not clause.categories,
        "acts": not clause.acts,
    }
    named = [key for key, is_empty in empty.items() if is_empty]
    if named:
        return f"It matches nobody: {all_of(named)} names nothing."
    return "It matches nobody: no two parties of this site are requester and custodian of it."


def _idle(setting: Setting, reach: Reach, reaches: Reaches, *, whole: bool) -> Finding:
    """Why a clause never opens a category; an error where it opens nothing else either."""
    clause, category = reach.rule.clause, reach.category.value
    grade, key = (Grade.ERROR, "") if whole else (Grade.WARNING, "categories")
    if not all((clause.roles, clause.purposes, clause.subjects, clause.acts)):
        return about_clause(reach.rule, "matches-nobody", grade, _nobody(clause))
    if not Circumstances.of([reach.rule]).guard(reach.rule):
        return about_clause(reach.rule, "never-satisfiable", grade, _NEVER, "conditions")
    custodians = {place.custodian for place, _ in reach.places}
    if not any(reach.category in setting.agencies[custodian].regimes for custodian in custodians):
        text = f"{one_of(custodians)} does not declare {category} in `regimes`: it is never released."
        return about_clause(reach.rule, "category-undeclared", grade, text, "categories")
    obstacle = reaches.obstacle(reach)
    named = all_of(_named(rule) for rule in obstacle.rules) if obstacle.rules else ""
    if obstacle.code == "contradictory":
        text = f"Whatever it permits about {category} is prohibited by {named}."
        return about_clause(reach.rule, "contradictory", grade, text, key, obstacle.request)
    if obstacle.code == "unreachable":
        text = f"It is never the basis of an answer about {category}: {named} always goes before it."
        return about_clause(reach.rule, "unreachable", Grade.WARNING, text, key, obstacle.request)
    code = _CODES.get(obstacle.code, "never-satisfiable")
    text = f"No request about {category} is ever answered under it. {obstacle.text}"
    return about_clause(reach.rule, code, grade, text, key, obstacle.request)


_CODES: Mapping[str, str] = {
    "law-forbids": "law-always-refuses",
    "law-unknown": "law-unreadable",
    "obligation-not-understood": "duty-not-honoured",
}


def _named(rule: Rule) -> str:
    return f"clause {rule.clause.id} of {rule.agreement.id} version {rule.agreement.version}"


def _declared(setting: Setting, at: datetime) -> Iterator[Finding]:
    """Categories that a custodian declares and that no clause in sight speaks of."""
    for name, agency in sorted(setting.agencies.items()):
        asked = {category for clause in _asking(setting, name, agency, at) for category in clause.categories}
        idle = sorted(category.value for category in agency.regimes if category not in asked)
        if idle:
            text = f"{name} declares {all_of(idle)} in `regimes`, but no clause lets anybody ask for it."
            yield Finding("category-unasked", Grade.NOTE, text, key=f"agencies.{name}.regimes")


def _asking(setting: Setting, name: str, agency: Bound, at: datetime) -> Iterator[Clause]:
    for agreement in setting.rules.agreements:
        if name in agreement.parties and _in_sight(setting, agreement, at):
            for clause in agreement.clauses:
                if clause.effect is Effect.PERMIT and clause.custodian.selects(name, agency.sector):
                    yield clause


def _unreadable(setting: Setting) -> Iterator[Finding]:
    for name, agency in sorted(setting.agencies.items()):
        for category, laws in sorted(agency.regimes.items()):
            for law in laws:
                if setting.laws.get(law) is None:
                    text = (
                        f"{name} binds {category.value} by {law}, which cannot be read: it is never released."
                    )
                    yield Finding("law-unreadable", Grade.ERROR, text, key=f"agencies.{name}.regimes")


def _broken(setting: Setting, statements: Iterable[Statement], at: datetime) -> Iterator[Finding]:
    rules = setting.rules
    for broken in broken_statements(rules, setting.laws, setting.agencies, statements, at):
        text = f"It breaks {broken.statement.id}: {broken.statement.text}"
        yield about_clause(broken.rule, "never-statement-broken", Grade.ERROR, text, "", broken.request)
