"""The law file format, version 1: one declaration of every key of `policies/law/*.yaml`.

`parse_law` is pure: bytes in, a `Law` out, or every error with its file, line and key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from agreements import vocabulary
from agreements.agreement import Obligation
from agreements.consents import FormElement
from agreements.document import Json
from agreements.duties import obligation
from agreements.form import Complaint, Form, from_yaml, list_of, set_of
from agreements.record import Key, optional, record, required, tagged
from agreements.scalar import boolean, integer, text, word, word_of
from agreements.terms import (
    AGENCY_ID,
    BasisKind,
    Category,
    GrantorKind,
    Ground,
    Level,
    ProcessKind,
    Purpose,
    Sector,
    SubjectKind,
)
from policies.statute import ConsentForm, Law, Mask, Opening, Status

FORMAT_VERSION: Final = 1

_ID: Final = text(maximum=64, pattern=AGENCY_ID.pattern, expected="an id: 2 to 64 of a-z, 0-9 and -")
_JURISDICTION: Final = text(
    maximum=6, pattern="[a-z]{2}(-[a-z0-9]{1,3})?", expected="a jurisdiction such as us, us-or or uk"
)
_CITATION: Final = text(maximum=240)
_SENTENCE: Final = text(maximum=400)
_COUNSEL: Final = text(
    maximum=240,
    pattern=".*[Cc]ounsel must confirm.*",
    expected="a sentence saying that counsel must confirm the file",
)
_CATEGORY: Final = word_of(Category, vocabulary.sentences(vocabulary.CATEGORIES))
_SECTOR: Final = word_of(Sector, vocabulary.sentences(vocabulary.SECTORS))
_GRANTORS: Final = set_of(word_of(GrantorKind, vocabulary.sentences(vocabulary.GRANTORS)), minimum=1)

_OBLIGATIONS: Final = list_of(obligation("P5Y"), minimum=1)

_CONSENT: Final = record(
    ConsentForm,
    {
        "minor": required(_GRANTORS, "Whose consent counts below `adult_age`."),
        "adult": required(_GRANTORS, "Whose consent counts from `adult_age` on."),
        "elements": required(
            set_of(word_of(FormElement), minimum=1), "Parts the written consent must have, all of them."
        ),
        "alone": optional(boolean(), default=False, about="The consent may name no other category."),
    },
)

_MASK: Final = record(
    Mask,
    {
        "citation": required(_CITATION, "Where the rule stands."),
        "text": required(_SENTENCE, "What a refusal may not reveal."),
        "unless_recipients": optional(
            set_of(_SECTOR, minimum=1), frozenset(), "Sectors that may know anyway."
        ),
    },
)

_SCOPES: Final[dict[str, Key]] = {
    "id": required(_ID, "Names the opening within its law."),
    "citation": required(_CITATION, "Where it stands."),
    "text": required(_SENTENCE, "What opens it, in words that can stand in a reason."),
    "status": required(word_of(Status), "Whether it follows the text of the law or simplifies it."),
    "ceiling": required(
        word({level.word: level for level in Level}, vocabulary.sentences(vocabulary.LEVELS)),
        "The most an answer may say.",
    ),
    "categories": optional(
        set_of(_CATEGORY, minimum=1), None, "Categories it reaches; absent: all but those kept `apart`."
    ),
    "purposes": optional(
        set_of(word_of(Purpose, vocabulary.sentences(vocabulary.PURPOSES)), minimum=1),
        None,
        "Purposes it reaches; absent: any.",
    ),
    "recipients": optional(
        set_of(_SECTOR, minimum=1), None, "Sectors of requesters it reaches; absent: any."
    ),
    "custodians": optional(
        set_of(_SECTOR, minimum=1), None, "Sectors of custodians it reaches; absent: any."
    ),
    "subjects": optional(
        set_of(word_of(SubjectKind, vocabulary.sentences(vocabulary.SUBJECTS)), minimum=1),
        None,
        "Kinds of subject it reaches; absent: any.",
    ),
    "obligations": optional(_OBLIGATIONS, (), "Duties attached to what it opens."),
}

_EVIDENCE: Final[dict[BasisKind, dict[str, Key]]] = {
    BasisKind.AGREEMENT: {},
    BasisKind.CONSENT: {"consent": required(_CONSENT, "Whose consent opens it, and in what form.")},
    BasisKind.EXCEPTION: {
        "ground": required(
            word_of(Ground, vocabulary.sentences(vocabulary.GROUNDS)), "The ground that must be found."
        ),
        "person_finds": optional(
            boolean(), default=False, about="Only a person at the custodian may find it met."
        ),
    },
    BasisKind.LEGAL_PROCESS: {
        "processes": required(
            set_of(word_of(ProcessKind, vocabulary.sentences(vocabulary.PROCESSES)), minimum=1),
            "Kinds of process that open it once verified.",
        )
    },
}


def _openings() -> Form[tuple[Opening, ...]]:
    """Each basis takes its own evidence and no other, so that no opening demands less than it seems to."""
    kinds = {
        basis.value: record(partial(Opening, basis=basis), {**_SCOPES, **evidence})
        for basis, evidence in _EVIDENCE.items()
    }
    return list_of(tagged("basis", kinds), minimum=1).also(_each_id_once)


def _each_id_once(openings: tuple[Opening, ...]) -> Iterator[Complaint]:
    times = Counter(opening.id for opening in openings)
    for index, opening in enumerate(openings):
        if times[opening.id] > 1:
            yield Complaint((index, "id"), "an id no other opening has")


def _law(
    *,
    schema: int,  # noqa: ARG001 - the form has checked it
    counsel: str,  # noqa: ARG001 - the form has checked that the file says it
    id: str,
    title: str,
    jurisdiction: str,
    citation: str,
    simplification: str,
    openings: tuple[Opening, ...],
    adult_age: int,
    apart: frozenset[Category],
    mask: Mask | None,
    obligations: tuple[Obligation, ...],
) -> Law:
    return Law(
        id=id,
        title=title,
        jurisdiction=jurisdiction,
        citation=citation,
        simplification=simplification,
        openings=openings,
        adult_age=adult_age,
        apart=apart,
        mask=mask,
        obligations=obligations,
    )


LAW: Final = record(
    _law,
    {
        "schema": required(integer(FORMAT_VERSION, FORMAT_VERSION), "Version of this format."),
        "id": required(_ID, "Named in an agency's `regimes`; also the file's name."),
        "title": required(text(maximum=200), "What the law is called."),
        "jurisdiction": required(_JURISDICTION, "Where it holds."),
        "citation": required(_CITATION, "Where it stands."),
        "counsel": required(_COUNSEL, "That counsel must confirm the file, and what in particular."),
        "simplification": required(
            text(maximum=2000), "What follows the text, what is simplified, what is left out and so closed."
        ),
        "adult_age": optional(integer(12, 25), 18, "Age from which a person consents as an adult."),
        "apart": optional(
            set_of(_CATEGORY, minimum=1),
            frozenset(),
            "Categories that only openings naming them reach; named by none, they are closed.",
        ),
        "mask": optional(_MASK, None, "The rule that a refusal may not confirm anything."),
        "obligations": optional(
            _OBLIGATIONS, (), "Duties attached to every answer in a category the law binds."
        ),
        "openings": required(_openings(), "The only ways out; what none of them reaches is closed."),
    },
)


def parse_law(source: bytes | str, file: str, *, named: str | None = None) -> Law:
    """Read one law file; `file` is only named in errors.

    Args:
        named: the id the file must have, where its name promises one.

    Raises:
        InvalidDocument: with every error found, none of which repeats a value of the file.
    """

    def keeps_its_name(law: Law) -> Iterator[Complaint]:
        if named is not None and law.id != named:
            yield Complaint(("id",), "the name of its file without .yaml")

    return from_yaml(source, file, LAW.also(keeps_its_name))


def law_schema() -> dict[str, Json]:
    """JSON Schema 2020-12 of a law file, from the same declaration that reads it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Law file",
        **LAW.schema(),
    }
