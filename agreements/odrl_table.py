"""Where each key of the agreement format stands in ODRL: one table, read by the writer and by the reader.

A key of the format that is missing here fails a test. A `Property` stands beside a rule's or policy's other
properties, an `Operand` is a constraint or a refinement; operands marked `either` are alternatives and
stand together in one logical constraint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agreements.document import Json
from agreements.odrl_terms import AGENCY, DURATION, INSTANT, PLAIN, ListOf, SetOf, Value, word, words

KeyPath = tuple[str, ...]


class Home(StrEnum):
    """The part of a rule that a constraint or refinement belongs to."""

    CONSTRAINT = "constraint"
    ASSIGNEE = "assignee"
    ASSIGNER = "assigner"
    TARGET = "target"
    ACTION = "action"


class Operator(StrEnum):
    EQ = "eq"
    GTEQ = "gteq"
    LTEQ = "lteq"
    ANY_OF = "isAnyOf"
    ALL_OF = "isAllOf"
    NONE_OF = "isNoneOf"


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Operand:
    home: Home
    left: str
    operator: Operator
    value: Value
    either: bool = False

    @property
    def silent_when_empty(self) -> bool:
        """All of nothing and none of nothing always hold, and are not written."""
        return self.operator in {Operator.ALL_OF, Operator.NONE_OF}


Slot = Property | Operand
Table = Mapping[KeyPath, Slot]

AGREEMENT: Final[Table] = {
    ("schema",): Property("pg:format", PLAIN),
    ("id",): Property("dct:identifier", PLAIN),
    ("title",): Property("dct:title", PLAIN),
    ("instrument",): Property("dct:type", word("instrument")),
    ("version",): Property("pg:version", PLAIN),
    ("jurisdiction",): Property("dpv:hasJurisdiction", PLAIN),
    ("parties",): Property("pg:party", ListOf(AGENCY)),
    ("effective",): Property("pg:effective", INSTANT),
    ("expires",): Property("pg:expires", INSTANT),
    ("review_by",): Property("pg:reviewBy", INSTANT),
    ("concern_scale",): Property("pg:concernScale", ListOf(PLAIN)),
    ("retain",): Property("pg:retain", DURATION),
    ("suspended",): Property("pg:suspended", PLAIN),
    ("review_every",): Property("pg:reviewEvery", DURATION),
    ("answer_within",): Property("pg:answerWithin", DURATION),
}

CLAUSE: Final[Table] = {
    ("id",): Property("pg:clause", PLAIN),
    ("text",): Property("dct:description", PLAIN),
    ("masked",): Property("pg:masked", PLAIN),
    ("second_look",): Property("pg:secondLook", PLAIN),
    ("requester", "agencies"): Operand(
        Home.ASSIGNEE, "pg:agency", Operator.ANY_OF, SetOf(AGENCY), either=True
    ),
    ("requester", "sectors"): Operand(
        Home.ASSIGNEE, "pg:sector", Operator.ANY_OF, words("sector"), either=True
    ),
    ("requester", "roles"): Operand(Home.ASSIGNEE, "pg:role", Operator.ANY_OF, words("role")),
    ("requester", "contacts_only"): Operand(Home.ASSIGNEE, "pg:contactsOnly", Operator.EQ, PLAIN),
    ("custodian", "agencies"): Operand(
        Home.ASSIGNER, "pg:agency", Operator.ANY_OF, SetOf(AGENCY), either=True
    ),
    ("custodian", "sectors"): Operand(
        Home.ASSIGNER, "pg:sector", Operator.ANY_OF, words("sector"), either=True
    ),
    ("purposes",): Operand(Home.CONSTRAINT, "purpose", Operator.ANY_OF, words("purpose")),
    ("subjects",): Operand(Home.TARGET, "pg:subject", Operator.ANY_OF, words("subject")),
    ("categories",): Operand(Home.TARGET, "pg:category", Operator.ANY_OF, words("category")),
    ("level",): Operand(Home.ACTION, "pg:level", Operator.LTEQ, word("level")),
    ("fields",): Operand(Home.ACTION, "pg:field", Operator.ANY_OF, SetOf(PLAIN)),
    ("acts",): Operand(Home.ACTION, "pg:act", Operator.ANY_OF, words("act")),
    ("withholds",): Operand(Home.ACTION, "pg:withheldField", Operator.ANY_OF, SetOf(PLAIN)),
    ("conditions", "concern_at_least"): Operand(Home.CONSTRAINT, "pg:concern", Operator.GTEQ, PLAIN),
    ("conditions", "consent"): Operand(
        Home.CONSTRAINT, "pg:consent", Operator.EQ, word("consent"), either=True
    ),
    ("conditions", "exceptions"): Operand(
        Home.CONSTRAINT, "pg:exception", Operator.ANY_OF, ListOf(word("exception")), either=True
    ),
    ("conditions", "consent_from"): Operand(Home.CONSTRAINT, "pg:consentFrom", Operator.EQ, word("grantor")),
    ("conditions", "finding"): Operand(Home.CONSTRAINT, "pg:finding", Operator.EQ, word("finding")),
    ("conditions", "legal_process"): Operand(Home.CONSTRAINT, "pg:legalProcess", Operator.EQ, PLAIN),
    ("conditions", "case_flags"): Operand(Home.CONSTRAINT, "pg:caseFlag", Operator.ALL_OF, SetOf(PLAIN)),
    ("conditions", "case_flags_absent"): Operand(
        Home.CONSTRAINT, "pg:caseFlag", Operator.NONE_OF, SetOf(PLAIN)
    ),
    ("conditions", "workdays_since_opening"): Operand(
        Home.CONSTRAINT, "pg:workdaysSinceOpening", Operator.LTEQ, PLAIN
    ),
    ("conditions", "invited_by"): Operand(Home.CONSTRAINT, "pg:invitedBy", Operator.ANY_OF, words("role")),
    ("conditions", "unblinded"): Operand(Home.CONSTRAINT, "pg:unblinded", Operator.EQ, PLAIN),
    ("conditions", "review"): Operand(Home.CONSTRAINT, "pg:review", Operator.EQ, word("review")),
}

DUTY: Final[Table] = {
    ("code",): Property("action", word("obligation")),
    ("within",): Operand(Home.CONSTRAINT, "elapsedTime", Operator.LTEQ, DURATION),
    ("places",): Operand(Home.CONSTRAINT, "pg:place", Operator.ANY_OF, SetOf(PLAIN)),
    ("never_in",): Operand(Home.CONSTRAINT, "pg:place", Operator.NONE_OF, SetOf(PLAIN)),
    ("whom",): Operand(Home.CONSTRAINT, "pg:informed", Operator.ALL_OF, SetOf(PLAIN)),
}

SIGNATURE: Final[Table] = {
    ("party",): Property("pg:signer", AGENCY),
    ("jws",): Property("pg:jws", PLAIN),
}

RULES: Final[Mapping[str, tuple[str, str, str]]] = {
    "permission": ("permit", "Permission", "duty"),
    "prohibition": ("prohibit", "Prohibition", "pg:duty"),
}
"""For each list of rules: the effect of its clauses, the type of its rules, and where their duties stand.

A prohibition of ODRL has no duties, only remedies, which follow a violation; ours are not that.
"""
PARTS: Final[Mapping[Home, dict[str, Json]]] = {
    Home.ASSIGNEE: {"@type": "PartyCollection"},
    Home.ASSIGNER: {"@type": "PartyCollection"},
    Home.TARGET: {"@type": "AssetCollection"},
    Home.ACTION: {"rdf:value": {"@id": "pg:disclose"}},
}
"""The parts of a rule that refinements narrow, with what they are before; constraints stand in the rule."""
ANNOTATIONS: Final = ("dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasLegalBasis")
"""What a rule says besides in the nearest terms of standards; it follows from the clause."""
SIGNATURES: Final = "pg:signature"
POSITION: Final = "pg:position"
"""Where a rule or a duty stands in the order the parties gave it, from 0."""

ELSEWHERE: Final[frozenset[KeyPath]] = frozenset({("clauses", "effect")})
"""Keys that the place of a rule says: a permission permits and a prohibition prohibits."""


def mapped_keys() -> frozenset[KeyPath]:
    """Every key of the agreement format that has a place in ODRL, by its path from the top."""
    clauses = {("clauses", *path) for path in CLAUSE}
    duties = {("clauses", "obligations", *path) for path in DUTY}
    signatures = {("signatures", *path) for path in SIGNATURE}
    return frozenset({*AGREEMENT, *clauses, *duties, *signatures, *ELSEWHERE})
