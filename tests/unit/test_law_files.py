"""The law folder as published, the strict reading of a law file, and local laws beside the built-in ones."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from agreements.fault import InvalidDocument
from agreements.terms import BasisKind, Category, Level, Purpose, Sector, SubjectKind
from policies.lawbook import canonical_form, load_laws
from policies.lawfile import law_schema, parse_law
from policies.statute import Law, Opening, Status

FOLDER = Path(__file__).parent.parent.parent / "policies" / "law"
FILES = sorted(FOLDER.glob("*.yaml"))
BUILTIN = load_laws()

LOCAL = """\
schema: 1
id: us-xx-pupils
title: Pupil records of a state
jurisdiction: us-xx
citation: State Code 1.2
counsel: Counsel must confirm this file.
simplification: Everything is simplified.
obligations: [{code: review-or-purge, within: P5Y}]
mask: {citation: State Code 1.3, text: nothing may be confirmed, unless_recipients: [justice]}
openings:
  - id: order
    citation: State Code 1.4
    text: an order of a court
    status: simplified
    basis: legal-process
    ceiling: summary
    recipients: [justice, law-enforcement]
    processes: [court-order]
  - id: consent
    citation: State Code 1.5
    text: consent of the guardian
    status: simplified
    basis: consent
    ceiling: record
    consent: {minor: [guardian], adult: [subject], elements: [signed]}
"""


def test_the_laws_are_there() -> None:
    assert sorted(BUILTIN.laws) == [
        "au-qld", "au-vic", "ch-zh", "de", "eu-gdpr", "eu-led", "nl", "uk-dpa3", "uk-gdpr", "us-28cfr20",
        "us-28cfr23", "us-ada-medical", "us-ca-records", "us-child-welfare", "us-ferpa", "us-hipaa",
        "us-or-juvenile", "us-part2", "us-vawa",
    ]  # fmt: skip
    assert BUILTIN.errors == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_satisfies_the_published_schema(path: Path) -> None:
    jsonschema.Draft202012Validator(law_schema()).validate(yaml.safe_load(path.read_bytes()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file_says_that_counsel_must_confirm_it(path: Path) -> None:
    assert "ounsel must confirm" in yaml.safe_load(path.read_bytes())["counsel"]


@pytest.mark.parametrize("law", BUILTIN.laws.values(), ids=lambda law: law.id)
def test_law_says_what_it_simplifies_and_leaves_out(law: Law) -> None:
    assert len(law.simplification) > 200
    assert {opening.status for opening in law.openings} <= set(Status)
    assert all(opening.citation and opening.text for opening in law.openings)


@pytest.mark.parametrize(
    "opening",
    [opening for law in BUILTIN.laws.values() for opening in law.openings],
    ids=lambda opening: opening.citation,
)
def test_opening_reads_as_part_of_a_sentence(opening: Opening) -> None:
    assert not opening.text.endswith(".")
    assert not opening.text[0].isupper()
    assert any(character.isdigit() for character in opening.citation)


@pytest.mark.parametrize("law", sorted(BUILTIN.laws))
def test_documentation_names_the_law_and_its_citation(law: str) -> None:
    said = (FOLDER.parent.parent / "docs" / "law.md").read_text(encoding="utf-8")
    assert f"`{law}`" in said
    assert BUILTIN.laws[law].citation in said


@pytest.mark.parametrize("law", ["us-hipaa", "us-ferpa", "us-part2", "us-vawa"])
def test_what_is_about_nobody_is_told_in_summary_and_no_person_with_it(law: str) -> None:
    sectors = (Sector.EDUCATION, Sector.HEALTH)
    category = Category.VICTIM_SERVICES if law == "us-vawa" else Category.MENTAL_HEALTH
    found = {
        kind: [
            opening
            for opening in BUILTIN.laws[law].openings_for(category, Purpose.CASE_MANAGEMENT, kind, *sectors)
            if opening.id == "about-nobody"
        ]
        for kind in SubjectKind
    }
    (opening,) = found.pop(SubjectKind.GENERAL)
    assert (opening.basis, opening.ceiling) == (BasisKind.AGREEMENT, Level.SUMMARY)
    assert set(map(len, found.values())) == {0}


def broken(old: str, new: str) -> str:
    assert old in LOCAL
    return LOCAL.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        pytest.param(broken("schema: 1", "schema: 2"), 1, "schema", id="another-format"),
        pytest.param(broken("title:", "titel:"), 3, "titel", id="misspelt-key"),
        pytest.param(broken("us-xx\n", "nowhere\n"), 4, "jurisdiction", id="jurisdiction"),
        pytest.param(broken("Counsel must confirm", "Nobody confirms"), 6, "counsel", id="no-counsel-notice"),
        pytest.param(
            broken("[{code: review-or-purge", "[{code: shred"),
            8,
            "obligations[0].code",
            id="unknown-obligation",
        ),
        pytest.param(broken("P5Y", "5 years"), 8, "obligations[0].within", id="not-a-duration"),
        pytest.param(
            broken("[justice]", "[judges]"), 9, "mask.unless_recipients[0]", id="unknown-sector-in-mask"
        ),
        pytest.param(
            broken("    citation: State Code 1.4\n", ""), 11, "openings[0].citation", id="no-citation"
        ),
        pytest.param(broken("status: simplified", "status: nearly"), 14, "openings[0].status", id="status"),
        pytest.param(broken("basis: legal-process", "basis: grace"), 15, "openings[0].basis", id="basis"),
        pytest.param(broken("ceiling: summary", "ceiling: all"), 16, "openings[0].ceiling", id="ceiling"),
        pytest.param(
            broken("[justice, law-enforcement]", "[]"), 17, "openings[0].recipients", id="scope-of-nobody"
        ),
        pytest.param(
            broken("[justice, law-enforcement]", "[justice, justice]"),
            17,
            "openings[0].recipients[1]",
            id="named-twice",
        ),
        pytest.param(
            broken("[court-order]", "[letter]"), 18, "openings[0].processes[0]", id="unknown-process"
        ),
        pytest.param(
            broken("    processes: [court-order]\n", ""), 11, "openings[0].processes", id="process-unnamed"
        ),
        pytest.param(
            broken("processes: [court-order]", "ground: mandatory-report"),
            18,
            "openings[0].ground",
            id="evidence-of-another-basis",
        ),
        pytest.param(broken("  - id: consent", "  - id: order"), 11, "openings[0].id", id="opening-id-twice"),
        pytest.param(
            broken("elements: [signed]", "elements: [sealed]"),
            25,
            "openings[1].consent.elements[0]",
            id="unknown-element",
        ),
        pytest.param(
            broken("elements: [signed]", "elements: []"), 25, "openings[1].consent.elements", id="formless"
        ),
        pytest.param(
            broken("minor: [guardian], ", ""), 25, "openings[1].consent.minor", id="nobody-for-a-minor"
        ),
    ],
)
def test_a_broken_file_is_refused_by_line_and_key(text: str, line: int, key: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_law(text, "local.yaml")
    assert (line, key) in {(error.line, error.key) for error in caught.value.errors}


def test_an_error_does_not_repeat_what_stood_there() -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_law(broken("ceiling: summary", "ceiling: Daniel-Okafor"), "local.yaml")
    assert "Okafor" not in str(caught.value)


def test_no_openings_at_all_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="openings: expected a list of at least 1"):
        parse_law(LOCAL.partition("openings:")[0] + "openings: []\n", "local.yaml")


def site(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_local_law_is_added(tmp_path: Path) -> None:
    book = load_laws(site(tmp_path, {"us-xx-pupils.yaml": LOCAL}))
    law = book.get("us-xx-pupils")
    assert book.errors == ()
    assert law is not None
    assert [opening.id for opening in law.openings] == ["order", "consent"]
    assert law.masks(Sector.EDUCATION)
    assert not law.masks(Sector.JUSTICE)
    assert book.laws.keys() - BUILTIN.laws.keys() == {"us-xx-pupils"}


def test_a_local_law_never_replaces_a_built_in_one(tmp_path: Path) -> None:
    book = load_laws(site(tmp_path, {"us-part2.yaml": LOCAL.replace("us-xx-pupils", "us-part2")}))
    assert book.get("us-part2") == BUILTIN.get("us-part2")
    assert [str(error) for error in book.errors] == [
        "us-part2.yaml: id: expected an id that no built-in law has"
    ]


def test_a_local_law_cannot_take_a_built_in_name_from_another_file(tmp_path: Path) -> None:
    book = load_laws(site(tmp_path, {"mine.yaml": LOCAL.replace("us-xx-pupils", "us-part2")}))
    assert book.get("us-part2") == BUILTIN.get("us-part2")
    assert book.get("mine") is None
    assert [(error.file, error.key) for error in book.errors] == [("mine.yaml", "id")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(LOCAL.encode()[:400], id="cut-off"),
        pytest.param(b"\xff\xfe", id="not-utf-8"),
        pytest.param(LOCAL.encode() + b"\nid: us-xx-pupils\n", id="key-twice"),
        pytest.param(b"- a list\n", id="a-list"),
    ],
)
def test_an_unreadable_local_law_is_unknown_and_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "us-xx-pupils.yaml").write_bytes(content)
    book = load_laws(tmp_path)
    assert book.get("us-xx-pupils") is None
    assert {error.file for error in book.errors} == {"us-xx-pupils.yaml"}
    assert book.version == BUILTIN.version


def test_one_that_cannot_be_opened_is_unknown_and_reported(tmp_path: Path) -> None:
    (tmp_path / "us-xx-pupils.yaml").mkdir()
    book = load_laws(tmp_path)
    assert book.get("us-xx-pupils") is None
    assert [str(error) for error in book.errors] == ["us-xx-pupils.yaml: expected a file that can be read"]


def test_a_folder_that_is_not_there_holds_no_laws(tmp_path: Path) -> None:
    assert load_laws(tmp_path / "policies") == BUILTIN


def test_an_unknown_law_is_none() -> None:
    assert BUILTIN.get("us-nowhere") is None


def test_version_is_the_same_however_the_file_is_laid_out(tmp_path: Path) -> None:
    first = load_laws(site(tmp_path, {"us-xx-pupils.yaml": LOCAL}))
    relaid = "# local\n" + LOCAL.replace("[justice, law-enforcement]", "[law-enforcement, justice]")
    second = load_laws(site(tmp_path, {"us-xx-pupils.yaml": relaid}))
    assert first.version == second.version != BUILTIN.version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ceiling: summary", "ceiling: record"),
        ("[justice, law-enforcement]", "[justice]"),
        ("[court-order]", "[court-order, warrant]"),
        ("elements: [signed]", "elements: [signed, expiry-stated]"),
        ("P5Y", "P4Y"),
        ("unless_recipients: [justice]", "unless_recipients: [health]"),
        ("minor: [guardian]", "minor: [subject]"),
        ("an order of a court", "an order of any court"),
    ],
)
def test_version_changes_with_anything_the_law_says(tmp_path: Path, old: str, new: str) -> None:
    first = load_laws(site(tmp_path, {"us-xx-pupils.yaml": LOCAL}))
    second = load_laws(site(tmp_path, {"us-xx-pupils.yaml": broken(old, new)}))
    assert second.errors == ()
    assert first.version != second.version


def test_canonical_form_is_plain_json() -> None:
    for law in BUILTIN.laws.values():
        form = canonical_form(law)
        assert json.loads(json.dumps(form)) == form
