"""What stands out over many queries, and that small numbers cannot be worked out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.patterns import SMALL, LookUp, Treated, lookups, sampled, uneven


def look(
    user: str, subject: str, family: str = "Nobody", name: str = "Sgt A. Reyes", role: str = "caseworker"
) -> LookUp:
    return LookUp(f"qry_{user}_{subject}", user, name, role, subject, family)


def many(user: str, number: int, **more: str) -> list[LookUp]:
    return [look(user, f"s{index}", **more) for index in range(number)]


@pytest.mark.parametrize(
    ("numbers", "standing_out"),
    [
        ({"a": 3, "b": 4, "c": 30}, {"c"}),
        ({"a": 3, "b": 4, "c": 9}, set()),
        ({"a": 20, "b": 22, "c": 25}, set()),
        ({"a": 100}, set()),
        ({"a": 1, "b": 1, "c": 1, "d": 10, "e": 11}, {"d", "e"}),
    ],
    ids=["one-by-far", "not-by-far", "all-alike", "alone", "two-by-far"],
)
def test_who_asks_about_far_more_people_than_their_peers_stands_out(
    numbers: dict[str, int], standing_out: set[str]
) -> None:
    told = lookups(one for user, number in numbers.items() for one in many(user, number, name=f"N {user}"))
    assert {row["user"] for row in told if "far-more" in row["stands_out"]} == standing_out
    assert [row["subjects"] for row in told] == sorted(numbers.values(), reverse=True)


def test_peers_are_those_of_the_same_role() -> None:
    told = lookups(
        [*many("a", 2), *many("b", 2), *many("c", 30, role="liaison"), *many("d", 40, role="liaison")]
    )
    assert not any("far-more" in row["stands_out"] for row in told)


def test_asking_about_one_person_often_counts_one_person() -> None:
    (row,) = lookups([look("a", "s"), look("a", "s"), look("a", "s")])
    assert (row["subjects"], row["queries"]) == (1, 3)


def test_ones_own_family_name_and_a_colleagues_are_noticed() -> None:
    seen = [
        look("a", "s1", family="REYES", name="Sgt A. Reyes"),
        look("a", "s2", family="Lund", name="Sgt A. Reyes"),
        look("a", "s3", family="Other", name="Sgt A. Reyes"),
        look("b", "s4", family="Third", name="Maria Lund"),
    ]
    told = {row["user"]: row for row in lookups(seen)}
    assert told["a"]["own_family_name"] == ["qry_a_s1"]
    assert told["a"]["colleagues_family_name"] == ["qry_a_s2"]
    assert told["b"]["stands_out"] == []


@pytest.mark.parametrize("name", ["", "x", "J. R.", " . "], ids=repr)
def test_a_name_that_is_none_is_like_no_other(name: str) -> None:
    assert lookups([look("a", "s", family="", name=name), look("b", "t", family=name, name="R.")])
    assert not any(row["stands_out"] for row in lookups([look("a", "s", family="r", name="J. R.")]))


def treated(group: str, told: int, not_told: int, urgent: int = 0) -> list[Treated]:
    made = [
        Treated({"role": group}, told=index < told, emergency=index < urgent)
        for index in range(told + not_told)
    ]
    assert len(made) == told + not_told
    return made


def rows(*seen: list[Treated]) -> dict[str, dict[str, Any]]:
    return {row["value"]: row for row in uneven(one for part in seen for one in part)}


def test_groups_that_are_large_enough_are_counted() -> None:
    told = rows(treated("a", 6, 14, 0), treated("b", 10, 10, 10))
    assert (told["a"]["questions"], told["a"]["told"], told["a"]["told_share"]) == (20, 6, 0.3)
    assert (told["a"]["emergencies"], told["b"]["emergencies"]) == (0, 10)


@pytest.mark.parametrize(
    ("told", "not_told"), [(2, 18), (18, 2), (1, 5), (5, 4)], ids=["few-told", "few-not", "one", "four"]
)
def test_few_who_were_told_or_not_hide_both(told: int, not_told: int) -> None:
    row = rows(treated("a", told, not_told), treated("b", 10, 10))["a"]
    assert (row["told"], row["not_told"], row["told_share"]) == (None, None, None)
    assert row["questions"] == told + not_told


def test_one_hidden_group_hides_the_next_smallest_too() -> None:
    told = rows(treated("a", 2, 2), treated("b", 6, 6), treated("c", 20, 20))
    assert [told[name]["questions"] for name in "abc"] == [None, None, 40]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 24)), min_size=1, max_size=6)
)
def test_no_small_number_is_shown_or_follows_from_what_is(parts: list[tuple[int, int, int]]) -> None:
    seen = [treated(str(index), *part) for index, part in enumerate(parts) if part[0] + part[1]]
    shown = rows(*seen)
    counts = Counter(one.groups["role"] for part in seen for one in part)
    for row in shown.values():
        for key in ("questions", "told", "not_told", "emergencies"):
            assert row[key] is None or row[key] == 0 or row[key] >= SMALL
        assert (row["told"] is None) is (row["not_told"] is None)
    hidden = [value for value in counts if shown[value]["questions"] is None]
    assert len(hidden) != 1 or len(counts) == 1


QUERIES = st.lists(
    st.tuples(st.integers(0, 400).map("qry_{}".format), st.integers(1, 4).map(str)), unique=True
)


@given(QUERIES)
def test_a_sample_is_at_least_one_in_twenty_of_every_day(queries: list[tuple[str, str]]) -> None:
    chosen = sampled(queries, b"k" * 32)
    for day in {day for _, day in queries}:
        of_day = {id for id, when in queries if when == day}
        assert len(chosen & of_day) * 20 >= len(of_day)
    assert chosen == sampled(reversed(queries), b"k" * 32)
    assert chosen <= {id for id, _ in queries}


def test_a_sample_follows_from_its_key_alone() -> None:
    queries = [(f"qry_{number}", "2026-03-02") for number in range(200)]
    one, other = sampled(queries, b"a" * 32), sampled(queries, b"b" * 32)
    assert len(one) == len(other) == 10
    assert one != other
