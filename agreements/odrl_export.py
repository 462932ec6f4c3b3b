"""An agreement as an ODRL 2.2 policy in JSON-LD, with the terms of our profile where ODRL has none. Pure.

The other way is `odrl_import`; `docs/odrl-profile.md` describes what is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from agreements import odrl_table as table
from agreements import vocabulary
from agreements.agreement import Agreement, Clause
from agreements.document import Json
from agreements.odrl_table import Home, Operand, Property, Table
from agreements.odrl_terms import (
    INSTANT,
    ODRL_CONTEXT,
    PROFILE,
    agreement_uid,
    profile_context,
    standard_term,
)
from agreements.parser import canonical_form
from agreements.terms import BasisKind, ConsentNeed

_TIME: Final = "dateTime"


def odrl_policy(agreement: Agreement) -> dict[str, Json]:
    """The agreement with its signatures as a JSON-LD document that `odrl_agreement` reads back."""
    form = canonical_form(agreement)
    signatures: list[Json] = [
        _properties(table.SIGNATURE, {"party": each.party, "jws": each.jws}) for each in agreement.signatures
    ]
    made: dict[str, Json] = {**policy_frame(agreement), **_properties(table.AGREEMENT, form)}
    made[table.SIGNATURES] = {"@list": signatures}
    written = form["clauses"]
    if not isinstance(written, list):
        raise TypeError("the canonical form has a list of clauses")
    rules: dict[str, list[Json]] = {name: [] for name in table.RULES}
    for position, (clause, keys) in enumerate(zip(agreement.clauses, written, strict=True)):
        name = next(name for name, (effect, *_) in table.RULES.items() if effect == clause.effect.value)
        rules[name].append(_rule(name, position, agreement, clause, _mapping(keys)))
    return {**made, **{name: list(each) for name, each in rules.items() if each}}


def policy_frame(agreement: Agreement) -> dict[str, Json]:
    """What every policy of the profile says about itself; it follows from the agreement's name."""
    return {
        "@context": [ODRL_CONTEXT, profile_context()],
        "@type": "Agreement",
        "uid": agreement_uid(agreement.id, agreement.version),
        "profile": PROFILE,
        "conflict": "prohibit",
    }


def rule_frame(name: str, agreement: Agreement, clause: Clause) -> dict[str, Json]:
    """What follows of a rule from its clause: its name, and the nearest terms of DPV and HL7."""
    uid = f"{agreement_uid(agreement.id, agreement.version)}:{clause.id}"
    terms = (
        _terms(vocabulary.PURPOSES, clause.purposes, "act-reason"),
        _terms(vocabulary.CATEGORIES, clause.categories, "act-code"),
        _terms(vocabulary.BASES, _bases(clause), "act-reason"),
    )
    said: dict[str, Json] = {
        key: values for key, values in zip(table.ANNOTATIONS, terms, strict=True) if values
    }
    return {"@type": table.RULES[name][1], "uid": uid, **said}


def in_force(agreement: Agreement) -> list[Json]:
    """The agreement's time as constraints of each rule, where ODRL looks for it."""
    bounds = (("gteq", agreement.effective), ("lt", agreement.expires))
    return [
        {
            "leftOperand": _TIME,
            "operator": operator,
            "rightOperand": INSTANT.write(when.isoformat().replace("+00:00", "Z")),
        }
        for operator, when in bounds
    ]


def _rule(
    name: str, position: int, agreement: Agreement, clause: Clause, keys: Mapping[str, Json]
) -> dict[str, Json]:
    obligations = keys["obligations"]
    duties = obligations if isinstance(obligations, list) else []
    made: dict[str, Json] = {
        **rule_frame(name, agreement, clause),
        table.POSITION: position,
        **_properties(table.CLAUSE, keys),
        "assigner": _part(Home.ASSIGNER, keys),
        "assignee": _part(Home.ASSIGNEE, keys),
        "target": _part(Home.TARGET, keys),
        "action": [_part(Home.ACTION, keys)],
        "constraint": in_force(agreement) + _operands(Home.CONSTRAINT, keys),
    }
    if duties:
        made[table.RULES[name][2]] = [_duty(index, _mapping(duty)) for index, duty in enumerate(duties)]
    return made


def _part(home: Home, keys: Mapping[str, Json]) -> Json:
    return {**table.PARTS[home], "refinement": _operands(home, keys)}


def _duty(position: int, keys: Mapping[str, Json]) -> Json:
    made: dict[str, Json] = {"@type": "Duty", table.POSITION: position, **_properties(table.DUTY, keys)}
    constraints = _operands(Home.CONSTRAINT, keys, table.DUTY)
    return {**made, "constraint": constraints} if constraints else made


def _properties(keys: Table, form: Mapping[str, Json]) -> dict[str, Json]:
    return {
        slot.name: slot.value.write(form[path[0]])
        for path, slot in keys.items()
        if isinstance(slot, Property) and path[0] in form
    }


def _operands(home: Home, form: Mapping[str, Json], keys: Table = table.CLAUSE) -> list[Json]:
    alternatives: list[Json] = []
    rest: list[Json] = []
    for path, slot in keys.items():
        if isinstance(slot, Operand) and slot.home is home:
            written = _operand(slot, _at(form, path))
            (alternatives if slot.either else rest).extend(written)
    return [{"@type": "LogicalConstraint", "or": {"@list": alternatives}}, *rest] if alternatives else rest


def _operand(slot: Operand, value: Json | None) -> list[Json]:
    if value is None or (not value and isinstance(value, list) and slot.silent_when_empty):
        return []
    right = slot.value.write(value)
    return [{"leftOperand": slot.left, "operator": slot.operator.value, "rightOperand": right}]


def _at(form: Mapping[str, Json], path: table.KeyPath) -> Json | None:
    value: Json = dict(form)
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise TypeError("the canonical form has a mapping here")
    return value


def _terms(known: Mapping[str, vocabulary.Term], said: Iterable[str], hl7: str) -> Json:
    found = {
        term["@id"]: term
        for code in sorted(said)
        if isinstance(term := standard_term(known[code].maps_to, hl7), dict)
    }
    return list(found.values())


def _bases(clause: Clause) -> list[str]:
    conditions = clause.conditions
    bases = {
        BasisKind.CONSENT: conditions.consent is ConsentNeed.REQUIRED,
        BasisKind.EXCEPTION: bool(conditions.exceptions),
        BasisKind.LEGAL_PROCESS: conditions.legal_process,
    }
    return [basis.value for basis, holds in bases.items() if holds]
