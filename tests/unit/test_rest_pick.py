"""Picks: a small strict grammar that finds what stands there, and refuses what it does not expect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.partner import Fault, SourceError
from adapters.rest_pick import MAX_FOUND, Pick
from adapters.source_json import Json

DOCUMENT: Json = {
    "data": {
        "names": [
            {"use": "former", "family": "Brown"},
            {"use": "official", "family": "Okafor", "birth-date": None},
            {"use": 3, "family": "Three"},
            {"family": "Useless"},
        ],
        "flags": [[1, 2], [3]],
        "@id": "x",
    },
    "total": 0,
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=20,
)
STEP = st.sampled_from(["a", "b", "c", "[*]", "[0]", "[1]", "[?a=1]", "[?b=true]"])


@pytest.mark.parametrize(
    ("pick", "found"),
    [
        ("total", [0]),
        ("data.names[*].family", ["Brown", "Okafor", "Three", "Useless"]),
        ("data.names[1].family", ["Okafor"]),
        ("data.names[9].family", []),
        ("data.names[?use=official].family", ["Okafor"]),
        ("data.names[?use=3].family", ["Three"]),
        ("data.names[?use=nickname].family", []),
        ("data.names[*].birth-date", []),
        ("data.flags[*][*]", [1, 2, 3]),
        ("data.flags[0][1]", [2]),
        ("data.@id", ["x"]),
        ("missing.family", []),
    ],
)
def test_a_pick_finds_what_stands_there(pick: str, found: list[Json]) -> None:
    assert Pick.parse(pick).find(DOCUMENT) == found


def test_a_document_that_is_a_list_is_picked_from_its_items() -> None:
    assert Pick.parse("[*].id").find([{"id": 1}, {"id": 2}, None]) == [1, 2]


@pytest.mark.parametrize("pick", ["total.x", "data[*]", "data.names.family", "data.flags[?a=1]", "total[0]"])
def test_another_shape_than_the_pick_says_is_malformed(pick: str) -> None:
    with pytest.raises(SourceError) as raised:
        Pick.parse(pick).find(DOCUMENT)
    assert raised.value.fault is Fault.MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "$..a",
            "a[",
            "a[]",
            "a[-1]",
            "a[0:2]",
            "a['b']",
            "a[?b]",
            "a[?b==c]x",
        ),
        *("a[?(@.b)]", "a[?b=]", "a b", "a\n", "a[0].[1]", "__import__('os')", "a[1000000]", "a[?b=[c]]"),
    ],
)
def test_anything_else_is_no_pick(text: str) -> None:
    with pytest.raises(ValueError, match="expected a pick") as raised:
        Pick.parse(text)
    assert not text.strip(". ") or text not in str(raised.value)


def test_too_much_is_oversized() -> None:
    with pytest.raises(SourceError) as raised:
        Pick.parse("[*][*]").find([[0] * 1000] * (MAX_FOUND // 1000 + 1))
    assert raised.value.fault is Fault.OVERSIZED


@given(JSON, st.lists(STEP, min_size=1, max_size=5))
def test_any_pick_of_any_document_finds_parts_of_it_or_is_a_fault(document: Json, steps: list[str]) -> None:
    text = "".join(step if step.startswith("[") or not n else f".{step}" for n, step in enumerate(steps))
    try:
        found = Pick.parse(text).find(document)
    except SourceError:
        return
    assert all(any(each is part for part in parts(document)) for each in found)
    assert None not in found


def parts(value: Json) -> list[Json]:
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    return [value, *(part for each in inner for part in parts(each))]
