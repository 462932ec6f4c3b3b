"""Reports as pages and tables: nothing in a cell can act."""

from __future__ import annotations

import csv
import io

import pytest

from gateway.page import Page, as_csv, as_html


def page(*cells: str) -> Page:
    return Page(
        "Title <b>", [("fact", "<i>")], [f"c{number}" for number, _ in enumerate(cells)], [cells], ["a & b"]
    )


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "|cmd", "%0A", '=HYPERLINK("x")'],
    ids=repr,
)
def test_a_cell_that_could_be_a_formula_is_text(cell: str) -> None:
    (written,) = list(csv.reader(io.StringIO(as_csv(page(cell)), newline="")))[1]
    assert written == f"'{cell}"


@pytest.mark.parametrize("cell", ["plain", 'a "quoted", word', "two\nlines", "1-2", "", "é"], ids=repr)
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    (written,) = list(csv.reader(io.StringIO(as_csv(page(cell)), newline="")))[1]
    assert written == cell


def test_every_word_of_a_page_is_escaped() -> None:
    made = as_html(page("<script>", "\"'&"))
    assert "<script>" not in made
    assert "&lt;script&gt;" in made
    assert "Title &lt;b&gt;" in made
    assert "<dd>&lt;i&gt;</dd>" in made
    assert "&quot;&#x27;&amp;" in made


def test_a_page_with_nothing_to_list_says_so() -> None:
    empty = Page("T", [], ["a"], [])
    assert "There is nothing to list." in as_html(empty)
    assert "There is nothing to list." not in as_html(page("x"))
