"""What the files of agreements are called, and in which order they are read, changes nothing."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

from agreements.agreement import Agreement
from agreements.parser import to_yaml
from agreements.terms import Category, Level
from gateway.policy import Policies
from gateway.site import read_site
from policies.decide import decide
from tests.county import make_folder
from tests.unit.decision_case import NOW, agreement, clause, prohibition, question

CLAUSE = clause(categories=frozenset({Category.MENTAL_HEALTH, Category.COURT}))
WRITTEN: list[Agreement] = [
    agreement(CLAUSE),
    agreement(clause(level=Level.CONTACT), version=2, effective=NOW),
    agreement(CLAUSE, prohibition(categories=frozenset({Category.COURT})), id="other"),
]
FACTS = [question(category=category) for category in (Category.MENTAL_HEALTH, Category.COURT)]
AGENCIES = [
    {
        "id": id,
        "name": id,
        "sector": sector,
        "jwks": f"keys/{id}.jwks.json",
        "adapter": {"kind": "none"},
        "regimes": {},
    }
    for id, sector in (("police", "law-enforcement"), ("health", "health"), ("school", "education"))
]


def policies_of(folder: Path, written: tuple[Agreement, ...]) -> Policies:
    make_folder(folder, agreements=[], holdings={}, agencies=AGENCIES)
    for number, each in enumerate(written):
        (folder / "agreements" / f"{number}.yaml").write_text(to_yaml(each), encoding="utf-8")
    return Policies(read_site(folder), keys={})


def test_files_in_any_order_make_the_same_policy_and_the_same_decisions(tmp_path: Path) -> None:
    made = [
        policies_of(tmp_path / str(number), order).current
        for number, order in enumerate(permutations(WRITTEN))
    ]
    assert len({each.version for each in made}) == 1
    for facts in FACTS:
        first, *others = [decide(facts, each.rules, each.laws) for each in made]
        assert all(other == first and other.layers == first.layers for other in others)


def test_the_files_differ_in_what_they_let_out(tmp_path: Path) -> None:
    """With one of them left out, one of the decisions above is another."""
    whole = policies_of(tmp_path / "whole", tuple(WRITTEN)).current
    for number in range(len(WRITTEN)):
        less = policies_of(tmp_path / str(number), (*WRITTEN[:number], *WRITTEN[number + 1 :])).current
        assert less.version != whole.version
        if number:
            assert [decide(facts, less.rules, less.laws) for facts in FACTS] != [
                decide(facts, whole.rules, whole.laws) for facts in FACTS
            ]
