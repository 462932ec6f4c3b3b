"""The form of a mapping's `withhold`: which sharing labels in a row keep it back, or move it elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from adapters.mapping import LabelRule
from adapters.mapping_niem import with_niem
from adapters.niem import LABELS
from agreements.form import Complaint, Form, list_of
from agreements.record import optional, record
from agreements.scalar import number_like, text, word_of
from agreements.terms import Category

# The two values of an indicator (xs:boolean): whatever is not false keeps a row back.
_TRUE: Final = ("true",)
_FALSE: Final = ("false",)


class _Unlabelled(StrEnum):
    WITHHOLD = "withhold"
    RELEASE = "release"


def label_rules_form(column: Form[str]) -> Form[tuple[LabelRule, ...]]:
    """A list of rules; `column` is the form of a column's name."""
    values = list_of(number_like(text(maximum=200)), minimum=1)
    rule = record(
        _Written,
        {
            "column": optional(column, None, "Column of the category's table that holds a label."),
            "indicator": optional(
                column, None, "Column that holds a truth value: a row leaves only where it is false."
            ),
            "values": optional(values, None, "Labels that keep a row back."),
            "clear": optional(values, None, "Labels that do no harm; any other one then keeps a row back."),
            "unlabelled": optional(
                word_of(_Unlabelled), _Unlabelled.WITHHOLD, "What becomes of a row without a label."
            ),
            "reclassify": optional(
                word_of(Category), None, "Category that rows with one of the values leave as instead."
            ),
        },
    )
    return list_of(with_niem(rule.also(_complete), LABELS).into(_Written.rule))


@dataclass(frozen=True, slots=True)
class _Written:
    """A rule as the file has it."""

    column: str | None
    indicator: str | None
    values: tuple[str, ...] | None
    clear: tuple[str, ...] | None
    unlabelled: _Unlabelled
    reclassify: Category | None

    def rule(self) -> LabelRule:
        values, clear = self.values, self.clear
        if self.indicator is not None:
            values, clear = values or _TRUE, clear or _FALSE
        column = self.indicator or self.column or ""
        leaves = self.unlabelled is _Unlabelled.RELEASE
        return LabelRule(column, values or (), clear, leaves, self.reclassify)


def _complete(written: _Written) -> Iterable[Complaint]:
    if (written.column is None) == (written.indicator is None):
        yield Complaint((), "either column or indicator")
    elif written.column is not None and not (written.values or written.clear):
        yield Complaint((), "values that keep a row back, or clear ones that do not")
    if written.reclassify is not None and written.indicator is None and not written.values:
        yield Complaint(("reclassify",), "values that it is for")
    if {each.casefold() for each in written.values or ()} & {each.casefold() for each in written.clear or ()}:
        yield Complaint(("clear",), "no label that stands under values")
