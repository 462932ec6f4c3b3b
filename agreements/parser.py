"""From a file or a request body to an agreement, and back to the one form that is signed and hashed.

Everything here is pure: bytes or a parsed JSON value in, a value out, or every error with its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import yaml

from agreements.agreement import Agreement, Clause, Conditions, PartySelector
from agreements.document import Json
from agreements.duration import Duration
from agreements.duties import obligation_form
from agreements.form import from_json, from_yaml
from agreements.layout import AGREEMENT, FORMAT_VERSION
from agreements.terms import Act

_LINE_WIDTH: Final = 110


def parse_agreement(source: bytes | str, file: str) -> Agreement:
    """Read an agreement from YAML; `file` is only named in errors.

    Raises:
        InvalidDocument: with every error found, none of which repeats a value of the file.
    """
    return from_yaml(source, file, AGREEMENT)


def agreement_from_json(value: Json, file: str) -> Agreement:
    """Read an agreement from a parsed JSON body; `file` is only named in errors.

    Raises:
        InvalidDocument: with every error found, without line numbers.
    """
    return from_json(value, file, AGREEMENT)


def canonical_form(agreement: Agreement) -> dict[str, Json]:
    """The agreement without its signatures, as it is signed and hashed.

    Sets are sorted, instants are RFC 3339 in UTC, durations ISO 8601. Feed it to RFC 8785 for bytes. Keys the
    language gained after version 1 was first signed stand only where they say something, so that what was
    signed before still verifies.
    """
    made: dict[str, Json] = {
        "schema": FORMAT_VERSION,
        "id": agreement.id,
        "title": agreement.title,
        "instrument": agreement.instrument.value,
        "version": agreement.version,
        "jurisdiction": agreement.jurisdiction,
        "parties": list(agreement.parties),
        "effective": _instant(agreement.effective),
        "expires": _instant(agreement.expires),
        "review_by": _instant(agreement.review_by),
        "concern_scale": list(agreement.concern_scale),
        "retain": str(agreement.retain),
        "suspended": agreement.suspended,
        "clauses": [_clause(clause) for clause in agreement.clauses],
    }
    times = {"review_every": agreement.review_every, "answer_within": agreement.answer_within}
    return made | _durations(times)


def to_yaml(agreement: Agreement) -> str:
    """The agreement with its signatures as a file that reads back to the same value."""
    signatures: list[Json] = [{"party": each.party, "jws": each.jws} for each in agreement.signatures]
    return yaml.dump(
        canonical_form(agreement) | {"signatures": signatures},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=_LINE_WIDTH,
    )


class _Dumper(yaml.SafeDumper):
    """Writes every value where it stands: the reader refuses aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class names the parameter
        return True


def _clause(clause: Clause) -> dict[str, Json]:
    requester = _selector(clause.requester) | {"roles": _words(clause.roles)}
    if clause.contacts_only:
        requester["contacts_only"] = True
    made: dict[str, Json] = {
        "id": clause.id,
        "text": clause.text,
        "effect": clause.effect.value,
        "requester": requester,
        "custodian": _selector(clause.custodian),
        "purposes": _words(clause.purposes),
        "subjects": _words(clause.subjects),
        "categories": _words(clause.categories),
        "level": clause.level.word,
        "fields": _words(clause.fields),
        "conditions": _conditions(clause.conditions),
        "masked": clause.masked,
        "obligations": [obligation_form(duty) for duty in clause.obligations],
    }
    if clause.acts != frozenset(Act):
        made["acts"] = _words(clause.acts)
    if clause.second_look:
        made["second_look"] = True
    return made | _named({"withholds": clause.withholds})


def _selector(selector: PartySelector) -> dict[str, Json]:
    return {"agencies": _words(selector.agencies), "sectors": _words(selector.sectors)}


def _conditions(conditions: Conditions) -> dict[str, Json]:
    made: dict[str, Json] = {
        "consent": conditions.consent.value,
        "consent_from": conditions.consent_from.value,
        "exceptions": [ground.value for ground in conditions.exceptions],
        "finding": conditions.finding.value,
        "legal_process": conditions.legal_process,
        "case_flags": _words(conditions.case_flags),
        "review": conditions.review.value,
    }
    if conditions.concern_at_least is not None:
        made["concern_at_least"] = conditions.concern_at_least
    if conditions.workdays_since_opening is not None:
        made["workdays_since_opening"] = conditions.workdays_since_opening
    if conditions.unblinded:
        made["unblinded"] = True
    absent, inviters = conditions.case_flags_absent, conditions.invited_by
    return made | _named({"case_flags_absent": absent, "invited_by": inviters})


def _named(sets: Mapping[str, Iterable[str]]) -> dict[str, Json]:
    """Each set that is not empty, in order."""
    return {key: _words(words) for key, words in sets.items() if words}


def _durations(times: Mapping[str, Duration | None]) -> dict[str, Json]:
    return {key: str(length) for key, length in times.items() if length is not None}


def _words(words: Iterable[str]) -> list[Json]:
    return [str(word) for word in sorted(words)]


def _instant(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
