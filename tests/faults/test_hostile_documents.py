"""Documents made to harm: each is refused with file, line, key and rule, quickly, repeating nothing."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from agreements.agreement import Agreement
from agreements.document import MAX_BYTES, MAX_NODES
from agreements.fault import DocumentError, InvalidDocument
from agreements.parser import agreement_from_json, parse_agreement

EXAMPLE = Path(__file__).parent.parent.joinpath("vectors", "agreement.yaml").read_text("utf-8")
FILE = "agreements/a.yaml"
SECONDS = 2.0
MEGABYTES = 64


def refuse(source: str | bytes) -> tuple[DocumentError, ...]:
    """The errors of a refusal that took bounded time."""
    started = time.process_time()
    with pytest.raises(InvalidDocument) as caught:
        parse_agreement(source, FILE)
    assert time.process_time() - started < SECONDS
    assert all(str(error).startswith(f"{FILE}:{error.line}: ") for error in caught.value.errors)
    return caught.value.errors


def swap(old: str, new: str) -> str:
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def billion_laughs() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(lines)


ONE_FAULT: dict[str, tuple[str | bytes, int, str, str]] = {
    "alias bomb": (billion_laughs(), 1, "?", "no anchor"),
    "alias to itself": ("id: &x [*x]", 1, "id", "no anchor"),
    "alias without anchor": ("id: *x", 1, "id", "no alias"),
    "anchor on a key": ("&x id: a", 1, "?", "no anchor"),
    "merge key": (
        swap("conditions: ", "<<: {masked: false}\n    conditions: "),
        23,
        "clauses[0].?",
        "no merge key",
    ),
    "python object": (
        swap("title: Beh", "title: !!python/object/apply:os.system ['id']\nx: Beh"),
        3,
        "title",
        "no tag",
    ),
    "python name": (
        swap("level: existence", "level: !!python/name:os.system ''"),
        21,
        "clauses[0].level",
        "no tag",
    ),
    "string tag": (swap("level: existence", "level: !!str existence"), 21, "clauses[0].level", "no tag"),
    "binary tag": ("id: !!binary aWQ=", 1, "id", "no tag"),
    "local tag": ("id: !id x", 1, "id", "no tag"),
    "non-specific tag": ("id: ! x", 1, "id", "no tag"),
    "tag directive": ("%TAG ! tag:e,2026:\n---\nid: x", 1, "", "no directive"),
    "version directive": ("%YAML 1.1\n---\nid: x", 1, "", "no directive"),
    "duplicate key at the top": (EXAMPLE + "expires: 2099-01-01\n", 37, "expires", "each key once"),
    "duplicate key in a clause": (
        swap("masked: true", "level: record\n    masked: true"),
        32,
        "clauses[0].level",
        "each key once",
    ),
    "duplicate key in quotes": (
        swap("masked: true", '"level": record'),
        32,
        "clauses[0].level",
        "each key once",
    ),
    "duplicate key by escape": (
        swap("masked: true", r'"\x6cevel": record'),
        32,
        "clauses[0].level",
        "each key once",
    ),
    "second document": (EXAMPLE + "---\nid: other\n", 37, "", "one document only"),
    "list as key": ("? [a, b]\n: c", 1, "?", "a word as key"),
    "mapping as key": ("{a: b}: c", 1, "?", "a word as key"),
    "byte order mark": (b"\xef\xbb\xbf" + EXAMPLE.encode(), 1, "", "UTF-8 without a byte order mark"),
    "byte order mark in text": ("\ufeff" + EXAMPLE, 1, "", "UTF-8 without a byte order mark"),
    "UTF-16 little endian": (EXAMPLE.encode("utf-16"), 1, "", "UTF-8 without a byte order mark"),
    "UTF-16 big endian": (
        b"\xfe\xff" + EXAMPLE.encode("utf-16-be"),
        1,
        "",
        "UTF-8 without a byte order mark",
    ),
    "UTF-16 without mark": (
        EXAMPLE.encode("utf-16-le"),
        1,
        "",
        "text without control, bidirectional or invisible characters",
    ),
    "UTF-32": (
        EXAMPLE.encode("utf-32-be"),
        1,
        "",
        "text without control, bidirectional or invisible characters",
    ),
    "latin-1": (EXAMPLE.replace("sharing", "sh\xe4ring").encode("latin-1"), 3, "", "UTF-8 text"),
    "overlong UTF-8": (b"id: \xc0\xaf", 1, "", "UTF-8 text"),
    "surrogate in UTF-8": (b"schema: 1\nid: \xed\xa0\x80", 2, "", "UTF-8 text"),
    "too large": ("#" * MAX_BYTES + "\n", 1, "", f"at most {MAX_BYTES} bytes"),
    "far too large": (b"a" * (50 << 20), 1, "", f"at most {MAX_BYTES} bytes"),
    "too many values": (
        "id: [" + "a," * MAX_NODES + "]",
        1,
        f"id[{MAX_NODES - 3}]",
        f"at most {MAX_NODES} values",
    ),
    "a million lists deep": ("[" * 1_000_000, 1, "[0]" * 20, "at most 20 levels of nesting"),
    "a million mappings deep": ("{" * 1_000_000, 1, "?", "a word as key"),
    "half a million dashes deep": ("- " * 500_000, 1, "[0]" * 20, "at most 20 levels of nesting"),
    "half a million keys deep": (
        "".join(f"{' ' * i}a:\n" for i in range(1000)),
        21,
        ".".join("a" * 20),
        "at most 20 levels of nesting",
    ),
    "empty file": ("", 1, "", "a document"),
    "only a comment": ("# nothing here\n", 1, "", "a document"),
    "a scalar": ("agreement", 1, "", "a mapping"),
    "a list": ("- agreement", 1, "", "a mapping"),
}


@pytest.mark.parametrize("name", sorted(ONE_FAULT))
def test_a_hostile_document_is_refused_with_line_key_and_rule(name: str) -> None:
    source, line, key, expected = ONE_FAULT[name]
    (error,) = refuse(source)
    assert (error.line, error.key, error.expected) == (line, key, expected)


@pytest.mark.parametrize(
    "character",
    [
        *"\x00\x07\x08\x0b\x0c\x1b\x7f\x85\u00ad\u200b\u200d\u200e\u202a\u202e\u2028\u2029\u2060\u2066\u2069",
        *"\ufeff\ufffe\ufff9\ufffd\u061c\u115f\u3164\ufe0f\ue000\U000e0041\U0010ffff",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_a_character_nobody_sees_is_refused_where_it_stands_raw_or_escaped(character: str) -> None:
    visible = "text without control, bidirectional or invisible characters"
    (raw,) = refuse(swap("data sharing", f"data{character} sharing"))
    assert (raw.line, raw.column, raw.expected) == (3, 42, visible)
    escaped = f'title: "x\\U{ord(character):08x}"'
    (hidden,) = refuse(swap("title: Behavioural threat assessment data sharing agreement", escaped))
    assert (hidden.line, hidden.key, hidden.expected) == (3, "title", visible)


def test_a_lone_surrogate_is_refused() -> None:
    assert [error.expected for error in refuse(swap("data sharing", "data\ud800"))] == ["UTF-8 text"]
    (escaped,) = refuse('title: "\\ud800"')
    assert escaped.line == 1


def test_a_lone_carriage_return_cannot_hide_a_line() -> None:
    (error,) = refuse(swap("review: none", "review: none # ok\rlegal_process: true"))
    assert error.line == 31
    parse_agreement(EXAMPLE.replace("\n", "\r\n"), FILE)


@pytest.mark.parametrize(
    "payload",
    [
        "True) || (True",
        "eval('1')",
        "__class__",
        "9**9**9",
        "*",
        "keyMatch(r, p)",
        "/social/../health/42",
        "read\\n",
        "mental-health, health",
        "mental-health\\nhealth",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "рermit",  # noqa: RUF001 - Cyrillic on purpose
        "mental\\u2010health",
    ],
)
@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("id: riverside-threat-assessment", 'id: "{}"', "id"),
        ('id: "4.2"', 'id: "{}"', "clauses[0].id"),
        ("effect: permit", 'effect: "{}"', "clauses[0].effect"),
        ("agencies: [riverside-pd]", 'agencies: ["{}"]', "clauses[0].requester.agencies[0]"),
        ("roles: [caseworker]", 'roles: ["{}"]', "clauses[0].requester.roles[0]"),
        ("purposes: [threat-assessment]", 'purposes: ["{}"]', "clauses[0].purposes[0]"),
        ("subjects: [person]", 'subjects: ["{}"]', "clauses[0].subjects[0]"),
        ("categories: [mental-health]", 'categories: ["{}"]', "clauses[0].categories[0]"),
        ("level: existence", 'level: "{}"', "clauses[0].level"),
        ("case_flags: []", 'case_flags: ["{}"]', "clauses[0].conditions.case_flags[0]"),
        ("code: no-redisclosure", 'code: "{}"', "clauses[0].obligations[0].code"),
        ("concern_scale: [low", 'concern_scale: ["{}"', "concern_scale[0]"),
    ],
)
def test_a_rule_that_would_be_code_pattern_or_list_elsewhere_is_no_word_here(
    payload: str, old: str, new: str, key: str
) -> None:
    errors = refuse(swap(old, new.format(payload)))
    assert key in {error.key for error in errors}
    assert not any(payload in str(error) for error in errors)


@pytest.mark.parametrize(
    "old", ["effect: permit", "level: existence", "roles: [caseworker]", "categories: [mental-health]"]
)
def test_a_word_with_more_behind_it_is_another_word(old: str) -> None:
    for more in ("write", " ", "\\n", "\\t", ",", "\\0"):
        head, word = old.split(": ")
        listed = word.startswith("[")
        value = f'"{word.strip("[]")}{more}"'
        (error,) = refuse(swap(old, f"{head}: [{value}]" if listed else f"{head}: {value}"))
        assert error.key.startswith("clauses[0].")


@pytest.mark.parametrize("name", ["alias bomb", "a million lists deep", "far too large"])
def test_a_hostile_document_costs_bounded_memory(name: str) -> None:
    source = ONE_FAULT[name][0]
    tracemalloc.start()
    try:
        with pytest.raises(InvalidDocument):
            parse_agreement(source, FILE)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["lеvel", "ｌevel", "level ", "Level", "le\u0301vel", "ⅼevel"])  # noqa: RUF001 - homoglyphs on purpose
def test_a_look_alike_key_is_unknown_and_not_repeated(name: str) -> None:
    errors = refuse(swap("level: existence", f'"{name}": existence'))
    assert [(error.line, error.key) for error in errors] == [(13, "clauses[0].level"), (21, "clauses[0].?")]
    assert not any(name in str(error) for error in errors)


def test_an_endless_key_and_an_endless_value_are_not_repeated() -> None:
    key = "k" * 500_000
    errors = refuse(
        EXAMPLE.replace("title: Behavioural", f"title: {'v' * 400_000}").replace("masked", f'? "{key}"\n    ')
    )
    assert max(len(str(error)) for error in errors) < 400


def test_a_file_cut_short_anywhere_is_refused_or_says_less_never_more() -> None:
    """A cut inside the last list of optional keys cannot be seen; whatever is seen is refused plainly."""
    must_have = EXAMPLE.index("level: existence") + len("level: existence")
    read = {end: reading(EXAMPLE[:end]) for end in range(0, len(EXAMPLE), 7)}
    assert all(isinstance(read[end], InvalidDocument) for end in read if end < must_have)
    whole = parse_agreement(EXAMPLE, FILE).clauses[0]
    cut = [agreement.clauses[0] for agreement in read.values() if isinstance(agreement, Agreement)]
    assert cut
    assert all((clause.categories, clause.level) == (whole.categories, whole.level) for clause in cut)


def reading(source: str) -> Agreement | InvalidDocument:
    try:
        return parse_agreement(source, FILE)
    except InvalidDocument as refused:
        return refused


@pytest.mark.parametrize(
    "source",
    [
        "id: [a",
        "id: {a: b",
        'id: "a',
        "id: 'a",
        "id: a: b",
        "\tid: a",
        "id: @a",
        "- a\nb: c",
        "id: %x",
        "id: |x\n",
    ],
)
def test_malformed_yaml_is_refused_with_its_line(source: str) -> None:
    (error,) = refuse(source)
    assert error.line in {1, 2}
    assert error.expected.startswith("well-formed YAML (")


BOMBS: dict[str, Callable[[], object]] = {
    "wide": lambda: list(range(MAX_NODES + 1)),
    "huge integer": lambda: {"version": 10**400},
    "surrogate key": lambda: {"\ud800": 1},
    "surrogate value": lambda: {"title": "\ud800"},
    "NUL": lambda: {"title": "a\x00b"},
    "infinity": lambda: {"version": float("inf")},
    "not a number": lambda: {"version": float("nan")},
    "a list": list,
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_hostile_json_body_is_refused(name: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        agreement_from_json(BOMBS[name](), "body")  # type: ignore[arg-type]  # hostile on purpose
    assert all(error.line is None for error in caught.value.errors)
    assert len(str(caught.value)) < 4000


def test_a_deep_json_body_is_refused_before_it_is_walked() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(InvalidDocument) as caught:
        agreement_from_json(nested, "body")  # type: ignore[arg-type]  # hostile on purpose
    assert [error.expected for error in caught.value.errors] == ["at most 20 levels of nesting"]
    while nested:
        nested = nested.pop()  # type: ignore[assignment]  # taken apart by hand: freeing it would recurse
