"""The agreement format, rule by rule: what is read, what is filled in, what is refused and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from agreements.agreement import Agreement, Conditions, Obligation, PartySelector, Signature
from agreements.duration import Duration
from agreements.fault import MAX_ERRORS, InvalidDocument
from agreements.parser import agreement_from_json, canonical_form, parse_agreement, to_yaml
from agreements.schema import SCHEMA_ID, agreement_schema
from agreements.terms import (
    Category,
    ConsentNeed,
    Effect,
    Ground,
    Instrument,
    Level,
    ObligationCode,
    Purpose,
    Role,
    Sector,
    SubjectKind,
)

EXAMPLE = Path(__file__).parent.parent.joinpath("vectors", "agreement.yaml").read_text("utf-8")
FILE = "agreements/a.yaml"


def parse(source: str) -> Agreement:
    return parse_agreement(source.encode(), FILE)


def plain() -> dict[str, Any]:
    """The example as JSON would carry it, instants as text."""
    made = canonical_form(parse(EXAMPLE))
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]  # json.loads is untyped


def refusals(value: Any) -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        agreement_from_json(value, "body")
    return [str(error) for error in caught.value.errors]


def set_at(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    made = plain()
    at: Any = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


def test_the_contracts_example_is_read_to_the_last_key() -> None:
    agreement = parse(EXAMPLE)
    assert (agreement.id, agreement.version, agreement.instrument) == (
        "riverside-threat-assessment",
        3,
        Instrument.DSA,
    )
    assert agreement.jurisdiction == "us-or"
    assert agreement.parties == ("riverside-pd", "riverside-health", "riverside-schools", "riverside-social")
    assert agreement.effective == datetime(2026, 1, 1, tzinfo=UTC)
    assert agreement.expires == datetime(2027, 1, 1, tzinfo=UTC)
    assert agreement.review_by == datetime(2026, 10, 1, tzinfo=UTC)
    assert agreement.concern_scale == ("low", "moderate", "high")
    assert agreement.retain == Duration(months=0, seconds=86400)
    assert agreement.suspended is False
    assert agreement.signatures == ()
    (clause,) = agreement.clauses
    assert clause.id == "4.2"
    assert clause.text.startswith("Police may ask the health service")
    assert clause.effect is Effect.PERMIT
    assert clause.requester == PartySelector(agencies=frozenset({"riverside-pd"}))
    assert clause.roles == {Role.CASEWORKER}
    assert clause.custodian == PartySelector(sectors=frozenset({Sector.HEALTH}))
    assert clause.purposes == {Purpose.THREAT_ASSESSMENT}
    assert clause.subjects == {SubjectKind.PERSON}
    assert clause.categories == {Category.MENTAL_HEALTH}
    assert clause.level is Level.EXISTENCE
    assert clause.conditions == Conditions(
        concern_at_least="moderate",
        consent=ConsentNeed.REQUIRED,
        exceptions=(Ground.SERIOUS_IMMINENT_THREAT,),
    )
    assert clause.masked is True
    assert clause.obligations == (
        Obligation(ObligationCode.NO_REDISCLOSURE),
        Obligation(ObligationCode.DESTROY_BY, Duration.parse("P30D")),
    )


def test_what_is_absent_takes_its_default() -> None:
    value = plain()
    del value["retain"], value["suspended"], value["review_by"]
    for key in ("fields", "conditions", "masked", "obligations"):
        del value["clauses"][0][key]
    value["clauses"][0]["requester"] = {}
    value["clauses"][0]["custodian"] = {}
    agreement = agreement_from_json(value, "body")
    assert agreement.retain == Duration.parse("PT24H")
    assert agreement.suspended is False
    assert agreement.review_by == agreement.expires
    clause = agreement.clauses[0]
    assert (clause.fields, clause.masked, clause.obligations) == (frozenset(), False, ())
    assert clause.conditions == Conditions()
    assert clause.requester == clause.custodian == PartySelector()
    assert clause.roles == frozenset()


@pytest.mark.parametrize("key", sorted(canonical_form(parse(EXAMPLE))["clauses"][0]["conditions"]))  # type: ignore[call-overload, index, arg-type]  # a Json value is indexed
def test_each_condition_may_be_absent(key: str) -> None:
    value = plain()
    del value["clauses"][0]["conditions"][key]
    read = agreement_from_json(value, "body").clauses[0].conditions
    assert getattr(read, key) == getattr(Conditions(), key)


@pytest.mark.parametrize(
    "key",
    [
        "schema",
        "id",
        "title",
        "instrument",
        "version",
        "jurisdiction",
        "parties",
        "effective",
        "expires",
        "concern_scale",
        "clauses",
    ],
)
def test_a_required_key_of_an_agreement_is_missed_by_name(key: str) -> None:
    value = plain()
    del value[key]
    assert f"body: {key}: expected this key to be present" in refusals(value)


@pytest.mark.parametrize(
    "key",
    ["id", "text", "effect", "requester", "custodian", "purposes", "subjects", "categories", "level"],
)
def test_a_required_key_of_a_clause_is_missed_by_name(key: str) -> None:
    value = plain()
    del value["clauses"][0][key]
    assert refusals(value) == [f"body: clauses[0].{key}: expected this key to be present"]


def test_a_prohibition_needs_no_level_and_forbids_at_every_one() -> None:
    value = set_at(("clauses", 0, "effect"), "prohibit")
    del value["clauses"][0]["level"]
    assert agreement_from_json(value, "body").clauses[0].level is Level.RECORD


@pytest.mark.parametrize("key", ["purposes", "subjects", "categories"])
def test_an_empty_list_makes_a_permission_idle_and_a_prohibition_invalid(key: str) -> None:
    value = set_at(("clauses", 0, key), [])
    assert getattr(agreement_from_json(value, "body").clauses[0], key) == frozenset()
    value["clauses"][0]["effect"] = "prohibit"
    assert refusals(value) == [f"body: clauses[0].{key}: expected at least one in a prohibition"]


@pytest.mark.parametrize("written", ["4.2", '"4.2"', "'4.2'"], ids=["bare", "double", "single"])
def test_a_clause_id_may_be_quoted_or_bare(written: str) -> None:
    assert parse(EXAMPLE.replace('"4.2"', written)).clauses[0].id == "4.2"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ('"2026-03-01"', datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T01:30:00+01:30", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-02-28T19:00:00-05:00", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00.25Z", datetime(2026, 3, 1, 0, 0, 0, 250000, tzinfo=UTC)),
    ],
)
def test_instants_are_dates_or_zoned_date_times_in_utc(written: str, read: datetime) -> None:
    assert parse(EXAMPLE.replace("effective: 2026-01-01", f"effective: {written}")).effective == read


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T00:00:00",
        "2026-02-30",
        "2026-03-01 00:00:00Z",
        "20260301",
        "2026-W09-7",
        "2026-03-01T24:00:00Z",
        "2026-03-01T00:00:60Z",
        "9999-12-31T23:59:59-14:00",
        "1767225600",
        "2026-03-01T00:00Z",
        "tomorrow",
        "",
    ],
)
def test_other_spellings_of_an_instant_are_refused(written: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse(EXAMPLE.replace("effective: 2026-01-01", f"effective: {written}"))
    assert [str(error) for error in caught.value.errors] == [
        f"{FILE}:8: effective: expected a date, or an RFC 3339 date-time with its zone"
    ]


ID = "an id: 2 to 64 of a-z, 0-9 and -"
CLAUSE_ID = "a clause id: 1 to 32 letters, digits, . _ and -, the first a letter or digit"
FLAG = "a case flag: 1 to 64 of a-z, 0-9 and -"
FIELD = "a field name: a-z, 0-9 and _, the first a letter"
CONCERN = "a concern level: a-z, 0-9, _ and -, the first a letter or digit"
JWS = "a detached JWS in compact form: header..signature"
DURATION = "an ISO 8601 duration of at most 100 years, such as P30D or PT24H"


@pytest.mark.parametrize(
    ("path", "value", "key", "expected"),
    [
        (("schema",), 2, "schema", "1"),
        (("schema",), "1", "schema", "1"),
        (("id",), "A", "id", ID),
        (("id",), "a" * 65, "id", ID),
        (("id",), "ab\n", "id", ID),
        (("id",), 42, "id", ID),
        (("title",), "", "title", "one line of text, at most 200 characters"),
        (("title",), "two\nlines", "title", "one line of text, at most 200 characters"),
        (("title",), "x" * 201, "title", "one line of text, at most 200 characters"),
        (("title",), None, "title", "one line of text, at most 200 characters"),
        (("instrument",), "MOU", "instrument", "one of mou, dsa, isa"),
        (("version",), 0, "version", "an integer from 1 to 1000000"),
        (("version",), True, "version", "an integer from 1 to 1000000"),
        (("version",), 3.0, "version", "an integer from 1 to 1000000"),
        (("version",), "3", "version", "an integer from 1 to 1000000"),
        (("jurisdiction",), "usa", "jurisdiction", "a jurisdiction such as us, us-or or uk"),
        (("parties",), ["riverside-pd"], "parties", "a list of at least 2"),
        (("parties",), ["aa", "bb", "aa"], "parties[2]", "each value once"),
        (("parties",), "aa", "parties", "a list"),
        (("concern_scale",), [], "concern_scale", "a list of at least 1"),
        (("concern_scale",), ["moderate", "Low"], "concern_scale[1]", CONCERN),
        (("concern_scale",), ["moderate", "moderate"], "concern_scale[1]", "each value once"),
        (("expires",), "2026-01-01", "expires", "an instant after effective"),
        (("retain",), "24h", "retain", DURATION),
        (("retain",), "P101Y", "retain", DURATION),
        (("suspended",), "false", "suspended", "true or false"),
        (("suspended",), 0, "suspended", "true or false"),
        (("clauses",), {}, "clauses", "a list"),
        (("clauses", 0), "x", "clauses[0]", "a mapping"),
        (("clauses", 0, "id"), "-1", "clauses[0].id", CLAUSE_ID),
        (("clauses", 0, "id"), 4.2, "clauses[0].id", CLAUSE_ID),
        (("clauses", 0, "effect"), "deny", "clauses[0].effect", "one of permit, prohibit"),
        (("clauses", 0, "effect"), " permit", "clauses[0].effect", "one of permit, prohibit"),
        (
            ("clauses", 0, "level"),
            "Existence",
            "clauses[0].level",
            "one of existence, contact, summary, record",
        ),
        (("clauses", 0, "level"), 1, "clauses[0].level", "one of existence, contact, summary, record"),
        (
            ("clauses", 0, "subjects"),
            ["*"],
            "clauses[0].subjects[0]",
            "one of person, venue, communication, general",
        ),
        (("clauses", 0, "fields"), ["plan date"], "clauses[0].fields[0]", FIELD),
        (("clauses", 0, "fields"), ["a", "a"], "clauses[0].fields[1]", "each value once"),
        (("clauses", 0, "masked"), "yes", "clauses[0].masked", "true or false"),
        (("clauses", 0, "requester", "agencies"), ["A"], "clauses[0].requester.agencies[0]", ID),
        (
            ("clauses", 0, "custodian", "roles"),
            [],
            "clauses[0].custodian.roles",
            "one of the keys agencies, sectors",
        ),
        (("clauses", 0, "conditions", "case_flags"), [""], "clauses[0].conditions.case_flags[0]", FLAG),
        (
            ("clauses", 0, "conditions", "concern_at_least"),
            "elevated",
            "clauses[0].conditions.concern_at_least",
            "a word of concern_scale",
        ),
        (
            ("clauses", 0, "conditions", "consent"),
            True,
            "clauses[0].conditions.consent",
            "one of required, not-required",
        ),
        (
            ("clauses", 0, "obligations", 1, "within"),
            30,
            "clauses[0].obligations[1].within",
            DURATION,
        ),
        (("signatures",), [{"party": "aa", "jws": "a.b.c"}], "signatures[0].jws", JWS),
        (
            ("signatures",),
            [{"party": "aa"}],
            "signatures[0].jws",
            "this key to be present",
        ),
    ],
)
def test_a_broken_rule_names_the_key_and_what_was_expected(
    path: tuple[str | int, ...], value: object, key: str, expected: str
) -> None:
    assert refusals(set_at(path, value)) == [f"body: {key}: expected {expected}"]


def test_clause_ids_are_unique() -> None:
    value = plain()
    value["clauses"].append(value["clauses"][0])
    assert refusals(value) == ["body: clauses[1].id: expected an id no other clause has"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [(("extra_key",), "extra_key"), (("Extra-Key",), "?"), (("clauses", 0, "mask"), "clauses[0].mask")],
)
def test_an_unknown_key_is_named_if_it_is_harmless(path: tuple[str | int, ...], shown: str) -> None:
    (message,) = refusals(set_at(path, 1))
    assert message.startswith(f"body: {shown}: expected one of the keys ")


def test_all_errors_of_a_file_come_together_with_their_lines() -> None:
    broken = (
        EXAMPLE.replace("version: 3\n", "version: three\n")
        .replace("level: existence", "level: everything")
        .replace("masked: true", "mask: true")
        .replace("within: P30D", "within: soon")
    )
    with pytest.raises(InvalidDocument) as caught:
        parse(broken)
    assert [(error.line, error.key) for error in caught.value.errors] == [
        (5, "version"),
        (21, "clauses[0].level"),
        (32, "clauses[0].mask"),
        (35, "clauses[0].obligations[1].within"),
    ]
    assert str(caught.value).splitlines()[1] == (
        f"{FILE}:21: clauses[0].level: expected one of existence, contact, summary, record"
    )


def test_a_rule_between_values_points_at_the_line_that_breaks_it() -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse(EXAMPLE.replace("concern_at_least: moderate", "concern_at_least: grave"))
    (error,) = caught.value.errors
    assert (error.line, error.key) == (24, "clauses[0].conditions.concern_at_least")


def test_the_number_of_errors_told_is_bounded() -> None:
    assert len(refusals({f"k{'x' * i}": 1 for i in range(500)})) == MAX_ERRORS


def test_signatures_are_read() -> None:
    value = plain() | {"signatures": [{"party": "riverside-pd", "jws": "eyJhbGciOiJFZERTQSJ9..c2ln"}]}
    assert agreement_from_json(value, "body").signatures == (
        Signature("riverside-pd", "eyJhbGciOiJFZERTQSJ9..c2ln"),
    )


def test_the_canonical_form_leaves_signatures_out_and_writes_every_default() -> None:
    signed = plain() | {"signatures": [{"party": "riverside-pd", "jws": "eyJhbGciOiJFZERTQSJ9..c2ln"}]}
    form = canonical_form(agreement_from_json(signed, "body"))
    assert form == plain()
    assert "signatures" not in form
    assert form["effective"] == "2026-01-01T00:00:00Z"
    assert form["retain"] == "P1D"
    clause: Any = form["clauses"]
    assert clause[0]["conditions"]["review"] == "none"


def test_a_written_file_keeps_signatures_and_reads_back() -> None:
    signed = plain() | {"signatures": [{"party": "riverside-pd", "jws": "eyJhbGciOiJFZERTQSJ9..c2ln"}]}
    agreement = agreement_from_json(signed, "body")
    assert parse(to_yaml(agreement)) == agreement


class TestSchema:
    def test_the_metaschema_accepts_it(self) -> None:
        jsonschema.Draft202012Validator.check_schema(agreement_schema())
        assert agreement_schema()["$id"] == SCHEMA_ID == "urn:partner-gateway:schema:agreement:1"

    def test_the_example_validates_as_an_editor_reads_it(self) -> None:
        bare = yaml.load(EXAMPLE, Loader=_CoreLoader)  # noqa: S506 - a safe loader without dates
        jsonschema.Draft202012Validator(agreement_schema()).validate(bare)

    def test_a_bare_clause_id_validates_as_an_editor_reads_it(self) -> None:
        bare = yaml.load(EXAMPLE.replace('"4.2"', "4.2"), Loader=_CoreLoader)  # noqa: S506 - as above
        assert bare["clauses"][0]["id"] == 4.2
        jsonschema.Draft202012Validator(agreement_schema()).validate(bare)

    def test_a_permission_without_level_is_marked_and_a_prohibition_is_not(self) -> None:
        value = plain()
        del value["clauses"][0]["level"]
        validator = jsonschema.Draft202012Validator(agreement_schema())
        assert not validator.is_valid(value)
        value["clauses"][0]["effect"] = "prohibit"
        assert validator.is_valid(value)

    def test_every_key_is_described_and_every_vocabulary_word_explained(self) -> None:
        properties = [
            (name, made)
            for schema in _schemas(agreement_schema())
            for name, made in schema.get("properties", {}).items()
            if "const" not in made
        ]
        assert len(properties) > 40
        assert [name for name, made in properties if not made.get("description")] == []
        purposes: Any = agreement_schema()
        items = purposes["properties"]["clauses"]["items"]["properties"]["purposes"]["items"]
        assert items["enum"] == [purpose.value for purpose in Purpose]
        assert len(items["enumDescriptions"]) == len(items["enum"])


class _CoreLoader(yaml.SafeLoader):
    """YAML as editors read it (1.2 core schema): a date stays text."""


_CoreLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _schemas(schema: Any) -> list[Mapping[str, Any]]:
    if isinstance(schema, list):
        return [found for item in schema for found in _schemas(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(found for item in schema.values() for found in _schemas(item))]
