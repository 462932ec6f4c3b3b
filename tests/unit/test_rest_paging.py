"""Lists page by page: when they end, and when they are no list at all."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.partner import Fault, SourceError
from adapters.rest_mapping import Cursor, NextLink, Offsets, PageNumbers, Paging
from adapters.rest_pick import Pick
from adapters.rest_source import first_turn, items_of, next_turn

TOTAL = Pick.parse("meta.total")
PAGES = PageNumbers("page", "per", 2, total=TOTAL)
OFFSETS = Offsets("skip", "take", 2)
CURSOR = Cursor("after", Pick.parse("next"), "limit", 2)
LINK = NextLink(Pick.parse("links[?rel=next].href"))


@pytest.mark.parametrize(
    ("paging", "turn"),
    [
        (None, None),
        (PAGES, {"page": 1, "per": 2}),
        (PageNumbers("p", "n", 2, first=0), {"p": 0, "n": 2}),
        (OFFSETS, {"skip": 0, "take": 2}),
        (CURSOR, {"limit": 2}),
        (LINK, None),
    ],
    ids=["none", "pages", "from-0", "offsets", "cursor", "link"],
)
def test_the_first_page(paging: Paging | None, turn: object) -> None:
    assert first_turn(paging) == turn


@pytest.mark.parametrize(
    ("paging", "answer", "number", "got", "seen", "turn"),
    [
        (None, {}, 0, 5, 5, None),
        (PAGES, {"meta": {"total": 3}}, 0, 2, 2, {"page": 2, "per": 2}),
        (PAGES, {"meta": {"total": 3}}, 1, 1, 3, None),
        (PAGES, {"meta": {"total": 0}}, 0, 0, 0, None),
        # Without a total a short page may be the source's own cap: only an empty one ends the list.
        (OFFSETS, {}, 0, 1, 1, {"skip": 1, "take": 2}),
        (OFFSETS, {}, 1, 0, 1, None),
        (CURSOR, {"next": "c2"}, 0, 2, 2, {"limit": 2, "after": "c2"}),
        (CURSOR, {"next": 7}, 0, 2, 2, {"limit": 2, "after": "7"}),
        (CURSOR, {"next": False}, 1, 1, 3, None),
        (CURSOR, {"next": None}, 1, 1, 3, None),
        (CURSOR, {"next": ""}, 1, 1, 3, None),
        (CURSOR, {}, 1, 1, 3, None),
        (LINK, {"links": [{"rel": "self", "href": "/a"}]}, 0, 2, 2, None),
    ],
    ids=str,
)
def test_how_a_list_goes_on(
    paging: Paging | None, answer: Any, number: int, got: int, seen: int, turn: object
) -> None:
    assert next_turn(paging, answer, number, got, seen) == turn


@pytest.mark.parametrize(
    ("paging", "answer"),
    [
        (PAGES, {"meta": {"total": 3}}),
        (PAGES, {"meta": {}}),
        (PAGES, {"meta": {"total": True}}),
        (CURSOR, {"next": {"after": "c"}}),
        (CURSOR, {"next": "c" * 3000}),
        (LINK, {"links": [{"rel": "next", "href": "/a"}, {"rel": "next", "href": "/b"}]}),
        (LINK, {"links": {}}),
    ],
    ids=["ends-early", "no-total", "true", "object", "long", "two-next", "no-array"],
)
def test_a_list_that_does_not_add_up_is_malformed(paging: Paging, answer: Any) -> None:
    with pytest.raises(SourceError) as raised:
        next_turn(paging, answer, 0, 0, 0)
    assert raised.value.fault is Fault.MALFORMED


@pytest.mark.parametrize("answer", [{}, {"data": None}, {"data": {}}, {"data": [1]}, {"data": [[]]}], ids=str)
def test_anything_but_an_array_of_objects_is_malformed(answer: Any) -> None:
    with pytest.raises(SourceError) as raised:
        items_of(answer, Pick.parse("data"))
    assert raised.value.fault is Fault.MALFORMED
