"""The learnt weights, the rules above them, and how names of other scripts and sounds compare."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from adapters.evidence import ASK, RELEASE
from adapters.index import IdentityIndex
from adapters.latin import consonants, latin, sound_form
from adapters.matching import best_records, grade, likeliest
from adapters.names import Likeness, family_likeness, fold, given_likeness
from adapters.partner import Match, Unclear
from adapters.people import (
    ADDRESS_BITS,
    BIRTH_DATE_BITS,
    FAMILY_BITS,
    GIVEN_BITS,
    IDENTIFIER_BITS,
    birth_date_likeness,
)
from adapters.weights import ADDRESS, BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, IDENTIFIERS, PRIOR, Shares
from agreements.subject import Address, PersonIdentity, Subject, VenueIdentity
from tests.bench.measure import Answer, best_threshold, calibration, cautious_threshold, figures

BORN = date(2008, 4, 17)
HOME = Address(line="12 Alder Street", city="Riverside", postal_code="97201")
DANIEL = PersonIdentity("Okafor", "Daniel", BORN)


@pytest.mark.parametrize("shares", [FAMILY_NAME, GIVEN_NAME, BIRTH_DATE, ADDRESS, IDENTIFIERS])
def test_shares_are_two_distributions(shares: Shares) -> None:
    one_person, two_people = (sum(pair[side] for pair in shares.values()) for side in (0, 1))
    assert one_person == pytest.approx(1, abs=0.01)
    assert two_people == pytest.approx(1, abs=0.01)
    assert all(0 < share <= 1 for pair in shares.values() for share in pair)


@pytest.mark.parametrize(
    ("bits", "order"),
    [
        (FAMILY_BITS, (Likeness.EQUAL, Likeness.SPELLING, Likeness.NEAR, Likeness.DIFFERENT)),
        (GIVEN_BITS, (Likeness.EQUAL, Likeness.SPELLING, Likeness.NEAR, Likeness.DIFFERENT)),
        (BIRTH_DATE_BITS, (Likeness.EQUAL, Likeness.SWAPPED, Likeness.TWO_PARTS, Likeness.DIFFERENT)),
        (ADDRESS_BITS, (Likeness.EQUAL, Likeness.PART, Likeness.SHARED, Likeness.DIFFERENT)),
    ],
)
def test_a_better_agreement_weighs_more(bits: dict[Likeness, float], order: tuple[Likeness, ...]) -> None:
    assert all(bits[better] > bits[worse] for better, worse in pairwise(order))
    assert bits[Likeness.EQUAL] > 0 > bits[Likeness.DIFFERENT]
    assert bits[Likeness.ABSENT] == 0


def test_an_identifier_alone_outweighs_the_prior() -> None:
    assert IDENTIFIER_BITS["equal"] > 20
    assert 0 < PRIOR < 1e-3


def test_a_common_name_says_less_than_a_rare_one_and_the_explanation_says_so() -> None:
    rare = grade(Subject(PersonIdentity("Okafor", "Adaeze")), PersonIdentity("Okafor", "Adaeze"))
    common = grade(Subject(PersonIdentity("Smith", "John")), PersonIdentity("SMITH", "john"))
    assert common.value < rare.value
    lowered = {each.field: each.weight for each in common.explanation if each.agreement == "common"}
    assert lowered.keys() == {"family_name", "given_name"}
    assert all(weight < 0 for weight in lowered.values())


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Παπαδόπουλος", "papadopoulos"),
        ("Γιώργος", "giorgos"),
        ("Хрущёв", "khrushchev"),
        ("محمد", "muhammad"),
        ("الحداد", "alhaddad"),
        ("أحمد", "ahmad"),
        ("قباني", "qbani"),
    ],
)
def test_other_scripts_fold_to_latin(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("alexey", "aleksei"), ("philips", "filips"), ("yuri", "iurii"), ("khoury", "houri"), ("jon", "jonn")],
)
def test_one_sound_has_one_form(one: str, other: str) -> None:
    assert sound_form(one) == sound_form(other)


def test_sounds_keep_words_apart() -> None:
    assert len({sound_form(word) for word in ("smith", "schmitz", "chan", "can", "shan")}) == 5
    assert consonants("qabbani") == consonants("qbani")
    assert latin("okafor") == "okafor"


@pytest.mark.parametrize(
    ("likeness", "one", "other", "expected"),
    [
        (family_likeness, "Tchaikovsky", "Чайковский", Likeness.SOUND),
        (family_likeness, "Phillips", "Fillips", Likeness.SOUND),
        (family_likeness, "Qabbani", "قباني", Likeness.SOUND),
        (family_likeness, "Haddad", "حداد", Likeness.EQUAL),
        (family_likeness, "Thorpe", "Thropr", Likeness.NEAR),
        (given_likeness, "Alexey", "Алексей", Likeness.SOUND),
        (given_likeness, "Bryan", "Brian", Likeness.SOUND),
        (given_likeness, "Maria", "Mario", Likeness.SLIGHT),
        (given_likeness, "Daniel", "Danielle", Likeness.DIFFERENT),
        (given_likeness, "Marix", "Mario", Likeness.SPELLING),
    ],
)
def test_sounds_scripts_and_established_names(
    likeness: object, one: str, other: str, expected: Likeness
) -> None:
    assert callable(likeness)
    assert likeness(one, other) is expected
    assert likeness(other, one) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (BORN, BORN, Likeness.EQUAL),
        (date(2008, 4, 7), date(2008, 7, 4), Likeness.SWAPPED),
        (date(2008, 1, 1), BORN, Likeness.DEFAULT_DAY),
        (date(2008, 4, 1), BORN, Likeness.DEFAULT_DAY),
        (date(2008, 6, 1), BORN, Likeness.DIFFERENT),
        (date(2008, 4, 16), BORN, Likeness.DIGIT),
        (date(2080, 4, 17), BORN, Likeness.DIGIT),
        (date(2008, 4, 29), BORN, Likeness.TWO_PARTS),
        (date(1971, 4, 17), BORN, Likeness.TWO_PARTS),
        (date(1971, 4, 29), BORN, Likeness.DIFFERENT),
        (None, BORN, Likeness.ABSENT),
    ],
)
def test_how_two_birth_dates_differ(one: date | None, other: date, expected: Likeness) -> None:
    assert birth_date_likeness(one, other) is expected
    assert birth_date_likeness(other, one) is expected


@pytest.mark.parametrize(
    ("query", "held", "asked"),
    [
        pytest.param(replace(DANIEL, given_name="Grace"), DANIEL, False, id="twin"),
        pytest.param(
            replace(DANIEL, given_name="Grace", address=HOME),
            replace(DANIEL, address=HOME),
            False,
            id="at-home",
        ),
        pytest.param(PersonIdentity("Grace", "Okafor", BORN), DANIEL, False, id="twin-the-other-way-round"),
        pytest.param(replace(DANIEL, birth_date=date(1979, 11, 2)), DANIEL, False, id="namesake"),
        pytest.param(
            replace(DANIEL, birth_date=date(1979, 11, 2), address=HOME),
            replace(DANIEL, address=HOME),
            False,
            id="namesake-at-home",
        ),
        pytest.param(replace(DANIEL, birth_date=date(2008, 1, 1)), DANIEL, True, id="unknown-day"),
        pytest.param(
            replace(DANIEL, family_name="Whitfield", address=Address(postal_code="97201")),
            replace(DANIEL, address=HOME),
            True,
            id="changed-family-name-same-postal-code",
        ),
        pytest.param(replace(DANIEL, family_name="Okoafr"), DANIEL, True, id="two-edits"),
        pytest.param(
            PersonIdentity("Costa", "Maria", BORN), PersonIdentity("Costa", "Mario", BORN), True, id="o"
        ),
    ],
)
def test_what_may_not_release_asks_or_does_not(
    query: PersonIdentity, held: PersonIdentity, *, asked: bool
) -> None:
    for one, other in ((query, held), (held, query)):
        lookup = best_records(Subject(one), [(1, other)])
        assert isinstance(lookup, Unclear) is asked
        score = grade(Subject(one), other)
        assert (score.value >= ASK) is asked
        assert score.value < RELEASE


def test_the_likeliest_candidate_has_the_score_the_answer_stands_on() -> None:
    held = [("a", DANIEL), ("b", replace(DANIEL, given_name="Danial"))]
    found, top = best_records(Subject(DANIEL), held), likeliest(Subject(DANIEL), held)
    assert isinstance(found, Match)
    assert top == ("a", found.score)
    assert likeliest(Subject(DANIEL), []) is None


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(replace(DANIEL, birth_date=date(2008, 4, 29)), id="another-day"),
        pytest.param(replace(DANIEL, family_name="Okafur", birth_date=None), id="misspelt-no-date"),
        pytest.param(PersonIdentity("Danial", "Okafor", date(2008, 1, 1)), id="swapped-unknown-day"),
        pytest.param(
            replace(DANIEL, family_name="Whitfield", birth_date=None, address=HOME), id="family-name-changed"
        ),
    ],
)
def test_the_index_grades_candidates_without_an_equal_date(query: PersonIdentity) -> None:
    index = IdentityIndex([PersonIdentity("Lund", "Eva", date(1960, 1, 5)), replace(DANIEL, address=HOME)])
    assert [position for position, _ in index.candidates(Subject(query))] == [1]


@pytest.mark.parametrize(
    ("name", "asked"),
    [("St Filip's Clinic", True), ("St Philop's Clinic", True), ("St Pholop's Clinic", False)],
)
def test_a_venue_misspelt_without_an_address_is_asked_about(name: str, *, asked: bool) -> None:
    held = [(1, VenueIdentity("St Philip's Clinic"))]
    assert isinstance(best_records(Subject(VenueIdentity(name)), held), Unclear) is asked


def test_figures_count_what_is_named() -> None:
    answers = [
        Answer(0.95, right=True, held=True, reported=True),
        Answer(0.9, right=False, held=True, reported=True),
        Answer(0.2, right=True, held=True, reported=True),
        Answer(0.92, right=False, held=False, reported=True),
        Answer(0.0, right=False, held=False, reported=True),
    ]
    found = figures(answers, 0.9)
    assert (found.precision, found.recall, found.false_hits) == pytest.approx((1 / 3, 1 / 3, 0.5))
    assert found.f1 == pytest.approx(1 / 3)
    assert best_threshold(answers) == pytest.approx(0.2)
    assert figures(answers, cautious_threshold(answers, 0.4)).false_hits == 0
    assert figures(answers, cautious_threshold(answers, 0.5)).false_hits == 0.5
    bands = calibration(answers, (0.0, 0.5, 1.0))
    assert [band[:3] for band in bands] == [(0.0, 0.5, 2), (0.5, 1.0, 3)]
    assert [share for band in bands for share in band[3:]] == pytest.approx(
        [0.1, 0.5, 0.9233, 0.3333], abs=1e-3
    )
