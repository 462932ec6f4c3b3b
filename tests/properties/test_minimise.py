"""Whatever a partner sends, the cut lets out no category, level or field beyond the permit (design 5.4)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.permit import Basis, FieldValue, Holding, Permit, minimise
from agreements.terms import BasisKind, Category, Level, SubjectKind

# Other tests run beside these, so the time of one example says nothing.
untimed = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = st.sampled_from(
    ("plan", "Plan", "plan ", "clinician", "__class__", "fields", "*", "", "plan\x00", "p" * 999)
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
VALUES: st.SearchStrategy[FieldValue] = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
CATEGORIES = st.sampled_from((Category.MENTAL_HEALTH, Category.COURT, Category.PSYCHOTHERAPY_NOTES))
HOLDINGS = st.lists(
    st.builds(
        Holding,
        CATEGORIES,
        st.one_of(st.none(), st.text(max_size=5)),
        st.dictionaries(st.one_of(NAMES, st.text(max_size=3)), VALUES, max_size=5),
    ),
    max_size=5,
)
PERMITS = st.builds(
    Permit,
    requester=st.just("police"),
    custodian=st.just("health"),
    subject_kind=st.just(SubjectKind.PERSON),
    category=CATEGORIES,
    level=st.sampled_from(Level),
    fields=st.frozensets(NAMES),
    basis=st.just(Basis(BasisKind.AGREEMENT, "county", 1, "1")),
)


@untimed
@given(PERMITS, HOLDINGS)
def test_what_is_left_was_sent_and_is_permitted(permit: Permit, sent: list[Holding]) -> None:
    left = minimise(permit, sent)
    theirs = [holding for holding in sent if holding.category is permit.category]
    assert len(left) == len(theirs)
    for cut, whole in zip(left, theirs, strict=True):
        assert cut.category is permit.category
        assert cut.summary == (whole.summary if permit.level >= Level.SUMMARY else None)
        assert cut.fields.keys() <= permit.fields
        assert cut.fields.keys() == (
            whole.fields.keys() & permit.fields if permit.level is Level.RECORD else set()
        )
        assert all(cut.fields[name] is whole.fields[name] for name in cut.fields)


@untimed
@given(PERMITS, HOLDINGS)
def test_cutting_twice_cuts_no_more(permit: Permit, sent: list[Holding]) -> None:
    assert minimise(permit, minimise(permit, sent)) == minimise(permit, sent)


@untimed
@given(PERMITS, HOLDINGS, HOLDINGS)
def test_holdings_are_cut_one_by_one_and_in_order(
    permit: Permit, some: list[Holding], more: list[Holding]
) -> None:
    assert minimise(permit, some + more) == minimise(permit, some) + minimise(permit, more)


@untimed
@given(PERMITS, HOLDINGS, st.sampled_from(Level), st.frozensets(NAMES))
def test_a_narrower_permit_leaves_no_more(
    permit: Permit, sent: list[Holding], level: Level, fields: frozenset[str]
) -> None:
    narrower = replace(permit, level=min(level, permit.level), fields=fields & permit.fields)
    wide, narrow = minimise(permit, sent), minimise(narrower, sent)
    assert minimise(narrower, wide) == narrow
    for before, after in zip(wide, narrow, strict=True):
        assert after.fields.items() <= before.fields.items()
        assert after.summary in (None, before.summary)
