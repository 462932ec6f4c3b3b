"""The form kit: what each form reads, what it refuses, and that its schema says the same."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from agreements.document import MAX_DEPTH, Json
from agreements.duration import Duration
from agreements.fault import InvalidDocument
from agreements.form import Form, either, from_json, from_yaml, list_of, mapping_of, set_of
from agreements.record import optional, record, required, required_when, tagged
from agreements.scalar import boolean, duration, instant, integer, number_like, text, word

NAME = text(maximum=8, pattern="[a-z]+", expected="a name")
ADAPTER: Form[dict[str, object]] = tagged(
    "kind",
    {
        "file": record(dict, {"path": required(text(maximum=20), "Where it lies.")}),
        "none": record(dict, {}),
    },
)
RECORD: Form[dict[str, object]] = record(
    dict,
    {
        "effect": required(word({"permit": 1, "prohibit": 2}), "Which way."),
        "level": required_when("effect", "permit", integer(1, 4), 4, "How much."),
        "open-to": optional(set_of(NAME), frozenset(), "Whom."),
    },
)


def refused(form: Form[Any], source: str) -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        from_yaml(source, "f", form)
    return [str(error) for error in caught.value.errors]


@pytest.mark.parametrize("source", ["no", "on", "4.2", "2026-01-01", "0x1F", "1_000", "true", "12:30:45"])
def test_a_plain_scalar_is_the_text_that_was_written(source: str) -> None:
    assert from_yaml(source, "f", text(maximum=20)) == source


@pytest.mark.parametrize("source", ["~", "null", "Null", "''", '" "', "[]", "{}", "NULL"])
def test_nothing_is_no_text(source: str) -> None:
    assert refused(text(maximum=5), source) == ["f:1: expected one line of text, at most 5 characters"]


def test_a_quoted_null_is_text() -> None:
    assert from_yaml("'null'", "f", text(maximum=5)) == "null"


def test_several_lines_are_kept_where_they_are_allowed() -> None:
    assert from_yaml("|\n  one\n  two\n", "f", text(maximum=20, lines=True)) == "one\ntwo"
    assert refused(text(maximum=20), "|\n  one\n  two\n") == [
        "f:1: expected one line of text, at most 20 characters"
    ]


@pytest.mark.parametrize("source", ["01", "+1", "1.0", "1e2", "0x1", "'1'", "1_0", "\uff11", "-", "10001"])
def test_integers_are_strict_decimal(source: str) -> None:
    assert refused(integer(0, 10000), source) == ["f:1: expected an integer from 0 to 10000"]


def test_integers_are_read() -> None:
    assert [from_yaml(source, "f", integer(-5, 5)) for source in ("-5", "0", "5")] == [-5, 0, 5]
    assert from_json(5, "f", integer(-5, 5)) == 5


@pytest.mark.parametrize("source", ["yes", "on", "True", "TRUE", "1", "'true'", "y", "t"])
def test_only_true_and_false_are_truth_values(source: str) -> None:
    assert refused(boolean(), source) == ["f:1: expected true or false"]
    assert from_yaml("true", "f", boolean()) is True
    assert from_json(value=False, file="f", form=boolean()) is False


@pytest.mark.parametrize("value", [1, 1.5, True, None])
def test_a_json_value_that_is_no_string_is_no_text(value: Json) -> None:
    for form in (text(maximum=9), number_like(text(maximum=9)), instant(), duration(), word({"true": 1})):
        with pytest.raises(InvalidDocument):
            from_json(value, "f", form)


def test_a_json_string_is_no_number_or_truth_value() -> None:
    for value, form in (("1", integer(0, 9)), ("true", boolean())):
        with pytest.raises(InvalidDocument):
            from_json(value, "f", form)


@pytest.mark.parametrize(
    ("source", "read"),
    [("P30D", Duration(0, 30 * 86400)), ("PT0S", Duration(0, 0)), ("P100Y", Duration(1200, 0))],
)
def test_durations(source: str, read: Duration) -> None:
    assert from_yaml(source, "f", duration()) == read


@pytest.mark.parametrize("source", ["P", "PT", "30D", "P1.5D", "-P1D", "P1201M", "P36526D", "p1d"])
def test_durations_that_are_none(source: str) -> None:
    assert len(refused(duration(), source)) == 1


def test_a_list_names_every_bad_item_and_repetition() -> None:
    assert refused(list_of(NAME, maximum=4), "[a, A, b, a]") == [
        "f:1: [1]: expected a name",
        "f:1: [3]: expected each value once",
    ]
    assert refused(list_of(NAME, maximum=1), "[a, b]") == ["f:1: expected a list of at most 1"]
    assert from_yaml("[a, a]", "f", list_of(NAME, unique=False)) == ("a", "a")


def test_a_mapping_checks_keys_and_values_and_names_only_good_keys() -> None:
    form = mapping_of(text(maximum=9, pattern="[a-z-]+", expected="a regime"), list_of(NAME), minimum=1)
    assert from_yaml("us-or: [a]\nuk: []\n", "f", form) == {"us-or": ("a",), "uk": ()}
    assert refused(form, "us-or: [A]\nUS OR: []\n") == [
        "f:1: us-or[0]: expected a name",
        "f:2: ?: expected a regime",
    ]
    assert refused(form, "{}") == ["f:1: expected a mapping of at least 1"]


def test_either_reads_both_and_blames_the_one_that_was_meant() -> None:
    form = either(list_of(NAME), integer(1, 9))
    assert from_yaml("[a]", "f", form) == ("a",)
    assert from_yaml("7", "f", form) == 7
    assert refused(form, "[a, B]") == ["f:1: [1]: expected a name"]
    assert refused(form, "x") == ["f:1: expected a list or an integer from 1 to 9"]


def test_a_tagged_mapping_reads_by_its_tag() -> None:
    assert from_yaml("{kind: file, path: x}", "f", ADAPTER) == {"path": "x"}
    assert from_yaml("{kind: none}", "f", ADAPTER) == {}
    assert refused(ADAPTER, "{kind: sql}") == ["f:1: kind: expected one of file, none"]
    assert refused(ADAPTER, "{path: x}") == ["f:1: kind: expected this key to be present"]
    assert refused(ADAPTER, "{kind: none, path: x}") == ["f:1: path: expected one of the keys "]


def test_a_record_fills_in_what_is_absent() -> None:
    assert from_yaml("{effect: prohibit}", "f", RECORD) == {"effect": 2, "level": 4, "open_to": frozenset()}
    assert refused(RECORD, "{effect: permit}") == ["f:1: level: expected this key to be present"]


def test_schemas_of_all_forms_agree_with_what_is_read() -> None:
    forms: list[tuple[Form[Any], list[Json], list[Json]]] = [
        (RECORD, [{"effect": "permit", "level": 1}, {"effect": "prohibit"}], [{"effect": "permit"}, {}]),
        (ADAPTER, [{"kind": "file", "path": "x"}, {"kind": "none"}], [{"kind": "file"}, {"kind": "x"}, {}]),
        (either(list_of(NAME), integer(1, 9)), [["a"], 3], ["a", 10, ["A"], ["a", "a"]]),
        (mapping_of(NAME, boolean(), minimum=1), [{"a": True}], [{}, {"A": True}, {"a": 1}]),
        (list_of(NAME, minimum=1, maximum=2), [["a"], ["a", "b"]], [[], ["a", "b", "c"], {}]),
        (instant(), ["2026-01-01", "2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00", "x", 1]),
        (duration(), ["P1D", "PT24H"], ["P", "PT", "1D"]),
    ]
    for form, good, bad in forms:
        jsonschema.Draft202012Validator.check_schema(form.schema())
        validator = jsonschema.Draft202012Validator(form.schema())
        for value in good:
            from_json(value, "f", form)
            assert validator.is_valid(value), value
        for value in bad:
            with pytest.raises(InvalidDocument):
                from_json(value, "f", form)
            assert not validator.is_valid(value), value


def test_depth_is_counted_alike_in_yaml_and_json() -> None:
    form: Form[dict[str, object]] = record(dict, {})
    nested: Json = "x"
    for _ in range(MAX_DEPTH + 1):
        nested = [nested]
    expected = f"at most {MAX_DEPTH} levels of nesting"
    with pytest.raises(InvalidDocument) as caught:
        from_json(nested, "f", form)
    assert caught.value.errors[0].expected == expected
    assert refused(form, "[" * (MAX_DEPTH + 1) + "x" + "]" * (MAX_DEPTH + 1))[0].endswith(expected)
    assert refused(form, "[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH) == ["f:1: expected a mapping"]
