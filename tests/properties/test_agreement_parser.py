"""Laws of the agreement reader: round trip, one meaning in YAML and JSON, schema in step, no echo."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agreements.agreement import Agreement, Clause, Conditions, Obligation, PartySelector, Signature
from agreements.duration import Duration
from agreements.fault import InvalidDocument
from agreements.parser import agreement_from_json, canonical_form, parse_agreement, to_yaml
from agreements.schema import agreement_schema
from agreements.terms import (
    Act,
    Category,
    ConsentNeed,
    Effect,
    FindingBy,
    GrantorKind,
    Ground,
    Instrument,
    Level,
    ObligationCode,
    Purpose,
    Review,
    Role,
    Sector,
    SubjectKind,
)

IDS = st.sampled_from(["aa", "--", "riverside-pd", "00", "no", "null", "true", "1e", "a" * 64, "2026-01-01"])
CLAUSE_IDS = st.sampled_from(
    ["4.2", "1", "1e3", "null", "true", "No", "0x1", "1.", "2026-01-01", "A_b-9.", "Z" * 32]
)
FIELDS = st.sampled_from(["a", "plan_date", "yes", "x9", "z" * 64])
FLAGS = st.sampled_from(["-", "level-2", "on", "1"])
LINE = st.text("aZ é'\"#:-{}[]&*!|>%@`,?\\~=<0ü€😀\u00a0", min_size=1, max_size=30).filter(
    lambda text: bool(text.strip())
)
TEXT = st.lists(LINE | st.sampled_from(["", " ", "\tx"]), max_size=4).map(
    lambda lines: "\n".join([*lines, "end"])
)
INSTANTS = st.integers(0, 10**16).map(
    lambda micros: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)
DURATIONS = st.builds(Duration, months=st.integers(0, 1200), seconds=st.integers(0, 36525 * 86400))


def _subsets(words: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(words), max_size=3)


def _some(words: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(words), min_size=1, max_size=3)


SELECTORS = st.builds(PartySelector, agencies=st.frozensets(IDS, max_size=2), sectors=_subsets(Sector))


NAMING = {ObligationCode.STORE_IN, ObligationCode.NOTIFY_PARTY}
DUTIES = st.one_of(
    st.builds(
        Obligation,
        code=st.sampled_from([code for code in ObligationCode if code not in NAMING]),
        within=st.none() | DURATIONS,
    ),
    st.builds(
        Obligation,
        code=st.just(ObligationCode.STORE_IN),
        places=st.frozensets(st.sampled_from(["file-1", "no", "1"]), min_size=1),
        never_in=st.frozensets(st.sampled_from(["cumulative-folder", "-"])),
    ),
    st.builds(
        Obligation,
        code=st.just(ObligationCode.NOTIFY_PARTY),
        within=st.none() | DURATIONS,
        whom=st.frozensets(st.sampled_from(["parents", "target"]), min_size=1),
    ),
)


def _of_its_effect(clause: Clause) -> st.SearchStrategy[Clause]:
    """What only a permission or only a prohibition can say."""
    if clause.effect is Effect.PERMIT:
        return st.booleans().map(lambda only: replace(clause, contacts_only=only))
    return st.frozensets(FIELDS, max_size=2).map(lambda fields: replace(clause, withholds=fields))


def _clauses(scale: tuple[str, ...]) -> st.SearchStrategy[Clause]:
    return st.builds(
        Clause,
        id=CLAUSE_IDS,
        text=TEXT,
        effect=st.sampled_from(Effect),
        requester=SELECTORS,
        roles=_subsets(Role),
        custodian=SELECTORS,
        purposes=_some(Purpose),
        subjects=_some(SubjectKind),
        categories=_some(Category),
        level=st.sampled_from(Level),
        fields=st.frozensets(FIELDS, max_size=3),
        conditions=st.builds(
            Conditions,
            concern_at_least=st.none() | st.sampled_from(scale),
            consent=st.sampled_from(ConsentNeed),
            consent_from=st.sampled_from(GrantorKind),
            exceptions=st.lists(st.sampled_from(Ground), unique=True, max_size=2).map(tuple),
            finding=st.sampled_from(FindingBy),
            legal_process=st.booleans(),
            case_flags=st.frozensets(FLAGS, max_size=2),
            case_flags_absent=st.frozensets(FLAGS, max_size=2),
            workdays_since_opening=st.none() | st.integers(1, 366),
            invited_by=_subsets(Role),
            unblinded=st.booleans(),
            review=st.sampled_from(Review),
        ),
        masked=st.booleans(),
        obligations=st.lists(
            DUTIES,
            unique=True,
            max_size=3,
        ).map(tuple),
        acts=_some(Act),
    ).flatmap(_of_its_effect)


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    scale = tuple(
        draw(
            st.lists(
                st.sampled_from(["low", "moderate", "high", "1", "no", "level-2"]), min_size=1, unique=True
            )
        )
    )
    effective = draw(INSTANTS)
    return Agreement(
        id=draw(IDS),
        version=draw(st.integers(1, 1_000_000)),
        title=draw(LINE),
        instrument=draw(st.sampled_from(Instrument)),
        jurisdiction=draw(st.sampled_from(["us", "us-or", "uk", "no", "de-1"])),
        parties=tuple(draw(st.lists(IDS, min_size=2, max_size=4, unique=True))),
        effective=effective,
        expires=effective + timedelta(microseconds=draw(st.integers(1, 10**15))),
        review_by=draw(INSTANTS),
        concern_scale=scale,
        clauses=tuple(draw(st.lists(_clauses(scale), max_size=2, unique_by=lambda clause: clause.id))),
        retain=draw(DURATIONS),
        suspended=draw(st.booleans()),
        review_every=draw(st.none() | DURATIONS),
        answer_within=draw(st.none() | DURATIONS),
        signatures=tuple(
            draw(
                st.lists(
                    st.builds(Signature, party=IDS, jws=st.just("eyJhIjoxfQ..c2ln")), unique=True, max_size=2
                )
            )
        ),
    )


@given(agreements())
@settings(max_examples=80, deadline=None)
def test_a_written_agreement_reads_back_as_itself(agreement: Agreement) -> None:
    assert parse_agreement(to_yaml(agreement), "f") == agreement


@given(agreements())
@settings(max_examples=50, deadline=None)
def test_the_canonical_form_means_the_agreement_without_signatures(agreement: Agreement) -> None:
    form = json.loads(json.dumps(canonical_form(agreement)))
    read = agreement_from_json(form, "body")
    assert canonical_form(read) == form
    assert read.signatures == ()
    assert read == parse_agreement(to_yaml(read), "f")


@given(agreements(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_keys_and_of_sets_changes_nothing(agreement: Agreement, random: Any) -> None:
    form = json.loads(json.dumps(canonical_form(agreement)))
    shuffled = _shuffled(form, random)
    for clause in shuffled["clauses"]:
        for key in ("purposes", "subjects", "categories", "fields"):
            random.shuffle(clause[key])
    assert agreement_from_json(shuffled, "f") == agreement_from_json(form, "f")
    assert canonical_form(agreement_from_json(shuffled, "f")) == form


def _shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: _shuffled(value[key], random) for key in keys}
    return [_shuffled(item, random) for item in value] if isinstance(value, list) else value


ODD_VALUES = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            -1,
            3.5,
            10**19,
            "",
            " ",
            "x",
            "no",
            "P1D",
            "2026-01-01",
            "low",
            "prohibit",
        ),
        *("read\n", "permit ", "*", "True) || (True", "mental-health, health", "record", [], {}, {"x": 1}),
        *(["x"], ["person"], ["person", "person"], ["aa", "bb"]),
    ]
)
ODD_KEYS = st.sampled_from(["extra", "Level", "fields", "masked", "within", "code", "review_by"])
VALIDATOR = jsonschema.Draft202012Validator(agreement_schema())


EXAMPLE = Path(__file__).parent.parent.joinpath("vectors", "agreement.yaml").read_text("utf-8")
BASE: Any = json.loads(json.dumps(canonical_form(parse_agreement(EXAMPLE, "f"))))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """The example with one to three values dropped, replaced or added."""
    form = copy.deepcopy(BASE)
    for _ in range(draw(st.integers(1, 3))):
        at, step = draw(st.sampled_from(_places(form)))
        change = draw(st.sampled_from(["drop", "put", "add"]))
        if change == "drop":
            del at[step]
        elif change == "put":
            at[step] = copy.deepcopy(draw(ODD_VALUES))
        elif isinstance(at, dict):
            at[draw(ODD_KEYS)] = copy.deepcopy(draw(ODD_VALUES))
        else:
            at.append(copy.deepcopy(draw(ODD_VALUES | st.just(at[0]))))
    return form


def _places(value: Any) -> list[tuple[Any, Any]]:
    steps = list(value) if isinstance(value, dict) else list(range(len(value)))
    inner = [
        place for step in steps if isinstance(value[step], dict | list) for place in _places(value[step])
    ]
    return [(value, step) for step in steps] + inner


@given(mutated())
@settings(max_examples=250, deadline=None)
def test_what_the_schema_refuses_the_parser_refuses(value: Any) -> None:
    if not VALIDATOR.is_valid(value):
        assert isinstance(_read(agreement_from_json, value), InvalidDocument)


@given(agreements())
@settings(max_examples=30, deadline=None)
def test_what_the_parser_writes_the_schema_accepts(agreement: Agreement) -> None:
    VALIDATOR.validate(json.loads(json.dumps(canonical_form(agreement))))


@given(mutated(), st.sampled_from([None, 0, 3]))
@settings(max_examples=200, deadline=None)
def test_a_json_body_that_is_accepted_means_the_same_as_a_file(value: Any, indent: int | None) -> None:
    """JSON is YAML in flow style; only the file may leave text unquoted, so the file is never stricter."""
    read = _read(agreement_from_json, value)
    if isinstance(read, Agreement):
        assert parse_agreement(json.dumps(value, indent=indent, ensure_ascii=False), "f") == read


def _read(reader: Callable[[Any, str], Agreement], source: object) -> Agreement | InvalidDocument:
    try:
        return reader(source, "f")
    except InvalidDocument as refused:
        return refused


SECRET = "Zx9-planted-Secret"


@given(mutated())
@settings(max_examples=100, deadline=None)
def test_no_error_repeats_what_stood_in_the_document(value: Any) -> None:
    planted = _planted(value)
    as_file = json.dumps(planted, ensure_ascii=False)
    for refused in (_read(agreement_from_json, planted), _read(parse_agreement, as_file)):
        assert isinstance(refused, InvalidDocument)
        assert SECRET not in f"{refused} {refused.errors!r}"


def _planted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _planted(item) for key, item in value.items()} | {SECRET: 1}
    if isinstance(value, list):
        return [_planted(item) for item in value]
    return f"{SECRET} {value}"


@given(st.text(max_size=200) | st.binary(max_size=200))
@example("a: &a [*a]")
@example("\ud800")
@example(b"\xff\xfe")
@example("? [a]\n: b")
@example("%YAML 1.1\n---\na")
@settings(max_examples=400, deadline=None)
def test_any_input_is_an_agreement_or_an_invalid_document(source: str | bytes) -> None:
    refused = _read(parse_agreement, source)
    assert isinstance(refused, InvalidDocument)
    assert refused.errors
    assert all(error.line is not None and error.expected for error in refused.errors)
