"""Rights to an account of what was disclosed about somebody, as data: `accounting.yaml`.

A right says which lines it lists, how far back, what need not be listed, and which officials may have the
subject's own account suspended. Every rule carries its citation; counsel must confirm them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from agreements.duration import Duration
from agreements.form import Complaint, Form, from_yaml, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, duration, integer, text, word_of
from agreements.terms import BasisKind, Purpose, Sector

FILE: Final = "accounting.yaml"


class LineKind(StrEnum):
    """What a line of an account tells of."""

    ANSWER = "answer"
    PAST_THE_GATEWAY = "past-the-gateway"
    QUESTION = "question"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a right does not list. Absent scopes reach everything; those given must all fit."""

    citation: str
    text: str
    purposes: frozenset[Purpose] | None
    recipients: frozenset[Sector] | None
    bases: frozenset[BasisKind] | None
    subject_only: bool

    def fits(self, line: Listed) -> bool:
        return (
            (self.purposes is None or line.purpose in self.purposes)
            and (self.recipients is None or line.recipient in self.recipients)
            and (self.bases is None or line.basis in self.bases)
        )


@dataclass(frozen=True, slots=True)
class Suspension:
    """Whose statement suspends the subject's account, and for how long at most by word of mouth."""

    citation: str
    officials: frozenset[Sector]
    oral: Duration


@dataclass(frozen=True, slots=True)
class Listed:
    """What decides whether a line is listed. `laws` bind what it tells, as the accounting agency holds it."""

    kind: LineKind
    purpose: Purpose | None
    recipient: Sector | None
    basis: BasisKind | None
    laws: frozenset[str]


@dataclass(frozen=True, slots=True)
class Right:
    """One right to an account. `looks_back` None: as far as the ledger holds."""

    id: str
    title: str
    citation: str
    laws: frozenset[str]
    kinds: frozenset[LineKind]
    looks_back: Duration | None
    leaves_out: tuple[LeftOut, ...]
    suspension: Suspension | None

    def reaches(self, line: Listed) -> bool:
        """Whether the right is about what this line tells at all."""
        return line.kind in self.kinds and (not self.laws or not self.laws.isdisjoint(line.laws))

    def omits(self, line: Listed, *, to_subject: bool) -> LeftOut | None:
        """The rule by which a line it reaches need not be listed; None where it must."""
        rules = (rule for rule in self.leaves_out if to_subject or not rule.subject_only)
        return next((rule for rule in rules if rule.fits(line)), None)


_CITATION: Final = text(maximum=240)
_SENTENCE: Final = text(maximum=400)
_ID: Final = text(maximum=64, pattern=r"[a-z0-9][a-z0-9.()-]*", expected="an id of a-z, 0-9, -, . and ()")
_LAWS: Final = set_of(text(maximum=64, pattern=r"[a-z0-9-]{2,64}", expected="the id of a law"))
_SECTORS: Final = set_of(word_of(Sector), minimum=1)

_LEFT_OUT: Final = record(
    LeftOut,
    {
        "citation": required(_CITATION, "Where the rule stands."),
        "text": required(_SENTENCE, "What is not listed."),
        "purposes": optional(set_of(word_of(Purpose), minimum=1), None, "Purposes; absent: any."),
        "recipients": optional(_SECTORS, None, "Sectors of the recipient; absent: any."),
        "bases": optional(set_of(word_of(BasisKind), minimum=1), None, "Bases; absent: any."),
        "subject_only": optional(boolean(), default=False, about="Only the subject's account lacks it."),
    },
)

_SUSPENSION: Final = record(
    Suspension,
    {
        "citation": required(_CITATION, "Where the rule stands."),
        "officials": required(_SECTORS, "Sectors whose officials may ask for it."),
        "oral": required(duration(), "How long a statement by word of mouth holds at most."),
    },
)

_RIGHT: Final = record(
    Right,
    {
        "id": required(_ID, "What an accounting names as its `statute`."),
        "title": required(_SENTENCE, "What the right is called."),
        "citation": required(_CITATION, "Where it stands."),
        "laws": required(_LAWS, "Laws under which what is accounted for is held; none: whatever it is."),
        "kinds": required(set_of(word_of(LineKind), minimum=1), "Kinds of line it lists."),
        "looks_back": optional(duration(), None, "How far back it reaches."),
        "leaves_out": optional(list_of(_LEFT_OUT), (), "What need not be listed."),
        "suspension": optional(_SUSPENSION, None, "Who may have the subject's account suspended."),
    },
)


def _rights(schema: int, counsel: str, rights: tuple[Right, ...]) -> Mapping[str, Right]:
    del schema, counsel
    return {right.id: right for right in rights}


def _each_once(rights: tuple[Right, ...]) -> Iterable[Complaint]:
    ids = [right.id for right in rights]
    for number, id in enumerate(ids):
        if id in ids[:number]:
            yield Complaint((number, "id"), "an id no other right has")


RIGHTS: Final[Form[Mapping[str, Right]]] = record(
    _rights,
    {
        "schema": required(integer(1, 1), "Version of this format."),
        "counsel": required(_SENTENCE, "That counsel must confirm the file."),
        "rights": required(list_of(_RIGHT, minimum=1, unique=False).also(_each_once), "The rights."),
    },
)


@cache
def accounting_rights() -> Mapping[str, Right]:
    """The built-in rights by id.

    Raises:
        InvalidDocument: the file is broken, which is a fault of the product.
    """
    source = (resources.files("policies") / FILE).read_bytes()
    return from_yaml(source, FILE, RIGHTS)


def officials() -> Iterator[Suspension]:
    """The rules of every right that can be suspended."""
    return (right.suspension for right in accounting_rights().values() if right.suspension)
