"""The age rule of a jurisdiction: from which age a person's own consent counts, by kind of information.

The rules are data with their citations (`consent_ages.yaml`). Below the age a guardian consents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Final

from agreements.form import Form, from_yaml, mapping_of
from agreements.record import optional, record, required
from agreements.scalar import integer, text, word, word_of
from agreements.terms import Category

FILE: Final = "consent_ages.yaml"


@dataclass(frozen=True, slots=True)
class AgeRule:
    """In whole years, with where it is written."""

    age: int
    citation: str


@dataclass(frozen=True, slots=True)
class AgeRules:
    """The rules of one jurisdiction; a category without its own has the general one."""

    general: AgeRule
    categories: Mapping[Category, AgeRule] = field(default_factory=dict)

    def rule(self, category: Category) -> AgeRule:
        return self.categories.get(category, self.general)


@dataclass(frozen=True, slots=True)
class _File:
    schema: str
    default: AgeRules
    jurisdictions: Mapping[str, AgeRules]


_RULE: Final = record(
    AgeRule,
    {
        "age": required(integer(0, 25), "age in whole years from which one's own consent counts"),
        "citation": required(text(maximum=200), "where it is written"),
    },
)
_RULES: Final = record(
    AgeRules,
    {
        "general": required(_RULE, "for categories that have no rule of their own"),
        "categories": optional(mapping_of(word_of(Category), _RULE), {}, "rules of categories"),
    },
)
_FORM: Final[Form[_File]] = record(
    _File,
    {
        "schema": required(word({"1": "1"}), "version of this form"),
        "default": required(_RULES, "where a jurisdiction is not listed"),
        "jurisdictions": required(
            mapping_of(
                text(maximum=6, pattern=r"[a-z]{2}(-[a-z0-9]{1,3})?", expected="such as us-or"), _RULES
            ),
            "rules by jurisdiction",
        ),
    },
)


def age_rules(jurisdiction: str) -> AgeRules:
    """The rules of a jurisdiction, else of its country, else the default."""
    known = _known()
    country = jurisdiction.partition("-")[0]
    return known.jurisdictions.get(jurisdiction) or known.jurisdictions.get(country) or known.default


@cache
def _known() -> _File:
    """Raises InvalidDocument: the file is broken, which is a fault of the product."""
    return read_ages(resources.files("gateway").joinpath(FILE).read_bytes())


def read_ages(source: bytes) -> _File:
    """Read a file of age rules.

    Raises:
        InvalidDocument: it does not fit its form.
    """
    return from_yaml(source, FILE, _FORM)
