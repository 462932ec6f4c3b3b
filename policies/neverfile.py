"""The form of `never.yaml`, and the statements shipped beside the laws.

`parse_statements` is pure: bytes in, statements out, or every error with its file, line and key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Final

from agreements import vocabulary
from agreements.agreement import PartySelector
from agreements.document import Json
from agreements.form import Complaint, Form, from_yaml, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, integer, text, word, word_of
from agreements.terms import (
    AGENCY_ID,
    Act,
    Category,
    GrantorKind,
    Ground,
    Level,
    Purpose,
    Role,
    Sector,
    SubjectKind,
)
from policies.never import Statement, Unless

FORMAT_VERSION: Final = 1
NEVER_FILE: Final = "never.yaml"

_ID: Final = text(maximum=64, pattern=AGENCY_ID.pattern, expected="an id: 2 to 64 of a-z, 0-9 and -")
_FIELD: Final = text(
    maximum=64, pattern="[a-z][a-z0-9_]{0,63}", expected="a field name: a-z, 0-9 and _, the first a letter"
)


def _names_somebody(selector: PartySelector) -> Iterator[Complaint]:
    if not selector.agencies and not selector.sectors:
        yield Complaint((), "agencies or sectors, at least one")


_PARTY: Final = record(
    PartySelector,
    {
        "agencies": optional(set_of(_ID), frozenset(), "Agencies by id; an alternative to `sectors`."),
        "sectors": optional(
            set_of(word_of(Sector, vocabulary.sentences(vocabulary.SECTORS))),
            frozenset(),
            "Every agency of these sectors; an alternative to `agencies`.",
        ),
    },
).also(_names_somebody)

_UNLESS: Final = record(
    Unless,
    {
        "consent": optional(boolean(), default=False, about="A consent that counts excuses it."),
        "consent_from": optional(
            set_of(word_of(GrantorKind, vocabulary.sentences(vocabulary.GRANTORS)), minimum=1),
            frozenset(),
            "A consent of one of these excuses it.",
        ),
        "exception": optional(
            set_of(word_of(Ground, vocabulary.sentences(vocabulary.GROUNDS)), minimum=1),
            frozenset(),
            "One of these exceptions, made out, excuses it.",
        ),
        "legal_process": optional(boolean(), default=False, about="A verified order excuses it."),
        "person": optional(
            boolean(), default=False, about="That a person at the custodian has to release it excuses it."
        ),
    },
)


def _statement(
    *,
    id: str,
    text: str,
    categories: frozenset[Category],
    requester: PartySelector | None,
    custodian: PartySelector | None,
    purposes: frozenset[Purpose] | None,
    roles: frozenset[Role] | None,
    subjects: frozenset[SubjectKind] | None,
    acts: frozenset[Act] | None,
    level_above: Level | None,
    fields: frozenset[str] | None,
    unless: Unless,
) -> Statement:
    return Statement(
        id=id,
        text=text,
        categories=categories,
        requester=requester,
        custodian=custodian,
        purposes=purposes,
        roles=roles,
        subjects=subjects,
        acts=acts,
        level_above=level_above,
        fields=fields,
        unless=unless,
    )


_STATEMENT: Final = record(
    _statement,
    {
        "id": required(_ID, "Names the statement."),
        "text": required(text(maximum=400), "The statement in words, as it is shown where it is broken."),
        "categories": required(
            set_of(word_of(Category, vocabulary.sentences(vocabulary.CATEGORIES)), minimum=1),
            "Kinds of information it is about.",
        ),
        "requester": optional(_PARTY, None, "Who must never get it; absent: nobody may."),
        "custodian": optional(_PARTY, None, "From whom; absent: from anybody."),
        "purposes": optional(
            set_of(word_of(Purpose, vocabulary.sentences(vocabulary.PURPOSES)), minimum=1),
            None,
            "For which purposes; absent: for any.",
        ),
        "roles": optional(
            set_of(word_of(Role, vocabulary.sentences(vocabulary.ROLES)), minimum=1),
            None,
            "Asked by whom; absent: by anybody.",
        ),
        "subjects": optional(
            set_of(word_of(SubjectKind, vocabulary.sentences(vocabulary.SUBJECTS)), minimum=1),
            None,
            "About which kinds of subject; absent: about any.",
        ),
        "acts": optional(
            set_of(word_of(Act, vocabulary.sentences(vocabulary.ACTS)), minimum=1),
            None,
            "Whether asked for or told unasked; absent: either.",
        ),
        "level_above": optional(
            word({level.word: level for level in Level}, vocabulary.sentences(vocabulary.LEVELS)),
            None,
            "Only answers that tell more than this level break it; absent: any answer does.",
        ),
        "fields": optional(
            set_of(_FIELD, minimum=1), None, "Only answers with one of these fields break it; absent: any."
        ),
        "unless": optional(_UNLESS, Unless(), "What excuses it, each alone; absent: nothing."),
    },
)


def _each_id_once(statements: tuple[Statement, ...]) -> Iterator[Complaint]:
    times = Counter(statement.id for statement in statements)
    for index, statement in enumerate(statements):
        if times[statement.id] > 1:
            yield Complaint((index, "id"), "an id no other statement has")


def _file(*, schema: int, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:  # noqa: ARG001
    return statements


STATEMENTS: Final[Form[tuple[Statement, ...]]] = record(
    _file,
    {
        "schema": required(integer(FORMAT_VERSION, FORMAT_VERSION), "Version of this format."),
        "statements": required(
            list_of(_STATEMENT, unique=False).also(_each_id_once), "What must never happen."
        ),
    },
)


def parse_statements(source: bytes | str, file: str, taken: Iterable[str] = ()) -> tuple[Statement, ...]:
    """Read one file of statements; `file` is only named in errors, `taken` are ids of other statements.

    Raises:
        InvalidDocument: with every error found, none of which repeats a value of the file.
    """
    elsewhere = frozenset(taken)

    def names_of_its_own(statements: tuple[Statement, ...]) -> Iterator[Complaint]:
        for index, statement in enumerate(statements):
            if statement.id in elsewhere:
                yield Complaint(("statements", index, "id"), "an id that no built-in statement has")

    return from_yaml(source, file, STATEMENTS.also(names_of_its_own))


def builtin_statements() -> tuple[Statement, ...]:
    """The statements shipped beside the laws; they hold for every site.

    Raises:
        InvalidDocument: the file is broken, which is a fault of the product.
    """
    source = resources.files("policies").joinpath(NEVER_FILE).read_bytes()
    return parse_statements(source, f"policies/{NEVER_FILE}")


def statements_schema() -> dict[str, Json]:
    """JSON Schema 2020-12 of such a file, from the same declaration that reads it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Never-statements",
        **STATEMENTS.schema(),
    }
