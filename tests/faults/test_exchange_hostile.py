"""Hostile values against the running gateway; each id is the row of the list of hostile inputs."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import pytest

from tests.conftest import ACountyOf
from tests.county import NOW, InProcess, Json, case_body, consent_body, is_problem
from tests.county_terms import (
    DANIEL,
    HEALTH,
    MARIA,
    PD,
    SCHOOLS,
    SOCIAL,
    agencies,
    agreement,
    agreements,
    clause,
    holding,
    holdings,
)

MALFORMED: Final[list[tuple[str, Json]]] = [
    ("55-role", {"role": "auditor"}),
    ("55-release_level", {"release_level": "record"}),
    ("55-decision", {"decision": "permit"}),
    ("55-override", {"override": True}),
    ("55-in-subject", {"subject": {**DANIEL, "override": True}}),
    ("55-in-user", {"user": {"id": "b", "name": "A", "role": "caseworker", "agency": HEALTH}}),
    ("56-true-for-text", {"case": True}),
    ("56-number-for-text", {"case": 7}),
    ("56-text-for-list", {"categories": "school-discipline"}),
    ("56-space-after-a-word", {"level": "record "}),
    ("56-level-as-number", {"level": 4}),
    ("59-newline-after-a-case", {"case": "RPD-1\n"}),
    ("59-space-after-a-case", {"case": "RPD-1 "}),
    ("59-homoglyph-in-a-case", {"case": "R\u0420D-1"}),
    ("59-newline-after-an-agency", {"custodians": ["riverside-health\n"]}),
    ("71-empty-case", {"case": ""}),
    ("71-empty-purpose", {"purpose": ""}),
    ("71-empty-level", {"level": ""}),
    ("71-empty-category", {"categories": [""]}),
    ("71-empty-custodian", {"custodians": [""]}),
    ("71-no-custodian", {"custodians": []}),
    ("71-empty-role", {"user": {"id": "b", "name": "A", "role": ""}}),
    ("75-star-case", {"case": "*"}),
    ("75-star-purpose", {"purpose": "*"}),
    ("75-star-category", {"categories": ["*"]}),
    ("75-star-custodian", {"custodians": ["*"]}),
    ("75-star-role", {"user": {"id": "b", "name": "A", "role": "*"}}),
    ("75-pattern-custodian", {"custodians": ["riverside-.*"]}),
    ("75-matcher-category", {"categories": ["True) || (True"]}),
    ("75-prefix-category", {"categories": ["/school/*"]}),
    ("76-dots-in-a-custodian", {"custodians": ["riverside-social/../riverside-health"]}),
    ("76-dots-in-a-case", {"case": "../../social/case"}),
    ("77-longer-word", {"level": "recordwrite"}),
    ("77-newline-after-a-word", {"level": "record\n"}),
    ("77-newline-after-a-category", {"categories": ["school-discipline\n"]}),
    ("77-longer-category", {"categories": ["school-disciplines"]}),
    ("87-unknown-purpose", {"purpose": "curiosity"}),
    ("87-purpose-with-sql", {"purpose": "threat-assessment' OR 1=1 --"}),
    ("87-purpose-with-html", {"purpose": "<img src=x onerror=alert(1)>"}),
    ("57-birth-date-beyond", {"subject": {**MARIA, "birth_date": "99999-12-31"}}),
    ("58-birth-date-as-number", {"subject": {**MARIA, "birth_date": 936835200}}),
]


@pytest.mark.parametrize("more", [row for _, row in MALFORMED], ids=[name for name, _ in MALFORMED])
async def test_a_question_with_a_hostile_value_is_refused_and_not_echoed(
    county: InProcess, more: Json
) -> None:
    desk = county.desk(PD)
    answer = await desk.asks(await desk.opens(), "school-discipline", **more)
    problem = is_problem(answer, answer.status_code)
    assert problem["status"] in {400, 403, 422}
    for value in more.values():
        if isinstance(value, str) and len(value) > 6:
            assert json.dumps(value)[1:-1] not in answer.text


TIMES: Final = [
    ("57-beyond-the-calendar", "9999-12-31T23:59:59-14:00"),
    ("57-before-the-calendar", "0001-01-01T00:00:00+14:00"),
    ("58-naive", "2026-01-01T00:00:00"),
    ("58-number", 1767225600),
    ("58-number-in-text", "1767225600"),
    ("58-space-for-T", "2026-01-01 00:00:00Z"),
    ("58-week-date", "2026-W01-1T00:00:00Z"),
]


@pytest.mark.parametrize("at", [row for _, row in TIMES], ids=[name for name, _ in TIMES])
async def test_a_time_that_is_none_is_refused(county: InProcess, at: object) -> None:
    body = consent_body("health", subject=MARIA, period={"start": at})
    is_problem(await county.desk(PD).post("/v1/consents", body), 422)


async def test_59_composed_and_decomposed_names_are_one_person(a_county: ACountyOf) -> None:
    held = holdings()
    held[SCHOOLS].append(
        {
            "person": {"family_name": "Núñez", "given_name": "Zoë", "birth_date": "2009-09-09"},
            "holdings": [holding("school-discipline", "late", incident_date="2026-01-09")],
        }
    )
    county = a_county(holdings=held)
    desk = county.desk(PD)
    case, told = await desk.opens(), []
    for family, given in (("N\u00fa\u00f1ez", "Zo\u00eb"), ("Nu\u0301n\u0303ez", "Zoe\u0308")):
        subject = {
            "kind": "person",
            "family_name": family,
            "given_name": given,
            "birth_date": "2009-09-09",
        }
        answer = await desk.asks(case, "school-discipline", subject=subject, custodians=[SCHOOLS])
        told.append((answer.status_code, answer.json()["answers"][0]["result"]))
    assert told == [(200, "information-held")] * 2


CLOSED_CASES: Final = ["closed", "foreign", "unknown"]


@pytest.mark.parametrize("which", CLOSED_CASES)
async def test_88_no_open_case_of_the_caller_is_the_same_403(county: InProcess, which: str) -> None:
    desk = county.desk(PD)
    case = await desk.opens() if which == "closed" else "NO-SUCH-CASE"
    if which == "closed":
        await desk.post(f"/v1/cases/{case}/close", {"reason": "The matter is settled"})
    elif which == "foreign":
        case = await county.desk(SOCIAL).opens()
    answer = await desk.asks(case, "school-discipline")
    assert answer.content == (await desk.asks("NEVER-SEEN", "school-discipline")).content
    is_problem(answer, 403, "case-not-open")


async def test_87_another_roles_purpose_is_refused(county: InProcess) -> None:
    case = await county.desk(HEALTH).opens()
    liaison = county.desk(HEALTH, role="liaison")
    told = await liaison.told(case, "police-contact", custodians=[PD], purpose="treatment")
    assert told["answers"][0]["result"] == "refused"


OVERLAPPING: Final = {
    "prohibited-by-the-second": (
        [clause("1", "housing", SOCIAL, "summary")],
        [clause("1", "housing", SOCIAL, effect="prohibit")],
        None,
    ),
    "most-of-two": (
        [clause("1", "housing", SOCIAL, "existence")],
        [clause("1", "housing", SOCIAL, "summary")],
        ("summary", "second"),
    ),
    "equal-first-by-id": (
        [clause("1", "housing", SOCIAL, "summary")],
        [clause("1", "housing", SOCIAL, "summary")],
        ("summary", "first"),
    ),
    "conditions-never-combine": (
        [clause("1", "housing", SOCIAL, "summary", conditions={"concern_at_least": "high"})],
        [clause("1", "housing", SOCIAL, "record", conditions={"case_flags": ["level-2"]})],
        None,
    ),
    "own-conditions-alone": (
        [clause("1", "housing", SOCIAL, "record", conditions={"concern_at_least": "high"})],
        [clause("1", "housing", SOCIAL, "contact")],
        ("contact", "second"),
    ),
}


@pytest.mark.parametrize("named", OVERLAPPING)
async def test_81_overlapping_agreements(a_county: ACountyOf, named: str) -> None:
    first, second, expected = OVERLAPPING[named]
    parties = [PD, SOCIAL]
    for order in (("first", "second"), ("second", "first")):
        clauses = {"first": first, "second": second}
        county = a_county(agreements=[agreement(id, NOW, parties, clauses=clauses[id]) for id in order])
        desk = county.desk(PD)
        answer = (await desk.told(await desk.opens(), "housing", custodians=[SOCIAL]))["answers"][0]
        basis = answer["basis"] and (answer["level"], answer["basis"]["agreement"])
        assert basis == expected


@pytest.mark.parametrize("value", ["given ", "GIVEN", None, "yes", 1, ["given"]])
async def test_85_an_unclear_consent_flag_is_not_given(county: InProcess, value: object) -> None:
    someone, desk = county.new_patient(), county.desk(PD)
    answer = await desk.post("/v1/consents", consent_body("health", subject=someone, status=value))
    is_problem(answer, 422)
    told = await desk.told(await desk.opens(), "health", subject=someone, custodians=[HEALTH])
    assert told["answers"][0]["result"] == "refused"


async def test_95_a_level_asked_too_high_is_capped_and_said(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    levels = [
        (await desk.told(case, "family-services", level=level, custodians=[SOCIAL]))["answers"][0]["level"]
        for level in ("existence", "contact", "summary", "record")
    ]
    assert levels == ["existence", "contact", "contact", "contact"]


async def test_100_101_what_a_partner_sends_beyond_the_permit_is_dropped(a_county: ACountyOf) -> None:
    held = holdings()
    held[SCHOOLS][0]["holdings"][0]["fields"] |= {"home_address": "12 Elm St", "incident_date_of_other": "x"}
    held[SCHOOLS].append(
        {
            "person": {"family_name": "Okafor", "given_name": "Daniel", "birth_date": "1961-01-01"},
            "holdings": [holding("school-discipline", "another man", incident_date="1979-01-01")],
        }
    )
    county = a_county(holdings=held)
    desk = county.desk(PD)
    answer = await desk.asks(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert answer.json()["answers"][0]["record"]["school-discipline"].keys() == {"incident_date", "outcome"}
    assert "Elm" not in answer.text
    assert "another man" not in answer.text


DAMAGED: Final[dict[str, bytes]] = {
    "102-empty": b"",
    "102-cut-short": b'{"subjects": [{"person": {"family_name": "Okafor"',
    "102-not-utf-8": b'{"subjects": [{"person": {"family_name": "\xff"}}]}',
    "102-nan": b'{"subjects": NaN}',
    "102-twice": b'{"subjects": [], "subjects": []}',
    "102-no-category": b'{"subjects": [{"person": {"family_name": "A"}, "holdings": [{"category": 7}]}]}',
    "102-list": b"[]",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
async def test_a_damaged_source_is_unavailable_and_never_part_of_an_answer(
    a_county: ACountyOf, content: bytes
) -> None:
    county = a_county()
    (county.folder.path / "data" / f"{SCHOOLS}.json").write_bytes(content)
    desk = county.desk(PD)
    answer = (await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS]))["answers"][0]
    assert (answer["state"], answer["result"], answer["record"]) == ("unavailable", None, None)


async def test_102_a_flipped_bit_is_never_an_answer_about_somebody_else(a_county: ACountyOf) -> None:
    county = a_county()
    file = county.folder.path / "data" / f"{SCHOOLS}.json"
    good = file.read_bytes()
    at = good.index(b"2008-04-17")
    file.write_bytes(good[:at] + b"3" + good[at + 1 :])
    desk = county.desk(PD)
    subject = {key: value for key, value in DANIEL.items() if key != "identifiers"}
    told = await desk.told(await desk.opens(), "school-discipline", subject=subject, custodians=[SCHOOLS])
    assert told["answers"][0]["record"] is None


MARKUP: Final = [
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "</script><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "@import url(//evil.example/x.css)",
    "{{7*7}}${7*7}",
    "x\nFAKE level=info event=approved",
]


@pytest.mark.parametrize("words", MARKUP)
async def test_104_markup_is_words_and_comes_back_as_they_were(county: InProcess, words: str) -> None:
    desk, liaison = county.desk(PD), county.desk(SOCIAL, role="liaison")
    case = await desk.opens()
    told = await desk.told(case, "safeguarding", custodians=[SOCIAL])
    reviews = (await liaison.get("/v1/reviews?state=open")).json()["reviews"]
    review = next(one for one in reviews if one["query"] == told["id"])
    answer = await liaison.post(f"/v1/reviews/{review['id']}/decline", {"reason": words})
    assert answer.status_code == 200
    read = await desk.get(f"/v1/queries/{told['id']}")
    assert read.headers["content-type"] == "application/json"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert any(words in reason["text"] for reason in read.json()["answers"][0]["reasons"])


@pytest.mark.parametrize("words", MARKUP)
async def test_115_hostile_words_reach_no_log(
    county: InProcess, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    desk = county.desk(PD)
    body = case_body(county.new_reference(), manager={"id": "badge-17", "name": "X"}, kind=words)
    is_problem(await desk.post("/v1/cases", body), 422)
    is_problem(await desk.asks(words, "school-discipline"), 422)
    is_problem(await desk.asks("A", "school-discipline", user={"id": words, "name": "A", "role": "x"}), 422)
    captured = capsys.readouterr()
    for line in (captured.out + captured.err).splitlines():
        assert "FAKE" not in line
        assert "alert" not in line
        assert "evil" not in line


def unreadable_laws() -> list[Json]:
    changed = agencies()
    for agency in changed:
        if agency["id"] == SCHOOLS:
            agency["regimes"] = {"school-discipline": ["us-no-such-law"], "threat-report": []}
    return changed


async def test_5_an_unknown_law_denies_and_masks(a_county: ACountyOf) -> None:
    county = a_county(agencies=unreadable_laws())
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert (told["answers"][0]["result"], told["answers"][0]["basis"]) == ("no-information-available", None)


@pytest.mark.parametrize("named", ["no-agreements", "no-clauses", "nobody-named", "expired", "not-yet"])
async def test_5_empty_and_expired_agreements_deny(a_county: ACountyOf, named: str) -> None:
    parties = [PD, SCHOOLS]
    full = clause("1", "school-discipline", SCHOOLS, "record", fields=["outcome"])
    documents: dict[str, list[Any]] = {
        "no-agreements": [],
        "no-clauses": [agreement("empty", NOW, parties, clauses=[])],
        "nobody-named": [
            agreement("nobody", NOW, parties, clauses=[{**full, "requester": {"roles": ["caseworker"]}}])
        ],
        "expired": [{**one, "expires": "2026-03-01"} for one in agreements(NOW)],
        "not-yet": [{**one, "effective": "2026-03-03"} for one in agreements(NOW)],
    }
    elsewhere = agreement("scale-only", NOW, [PD, HEALTH], clauses=[])
    county = a_county(agreements=[*documents[named], elsewhere])
    desk = county.desk(PD)
    case = await desk.opens()
    is_problem(await desk.asks(case, "school-discipline"), 403, "not-a-party")
    answer = (await desk.told(case, "school-discipline", custodians=[SCHOOLS]))["answers"][0]
    assert (answer["result"], answer["record"]) == ("refused", None)


async def test_5_a_source_that_takes_too_long_is_unavailable(a_county: ACountyOf) -> None:
    import os  # noqa: PLC0415

    county = a_county()
    file = county.folder.path / "data" / f"{SCHOOLS}.json"
    content = file.read_bytes()
    file.unlink()
    os.mkfifo(file)
    desk = county.desk(PD)
    told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
    assert told["answers"][0]["state"] == "unavailable"
    # The late answer comes now, and must not be merged.
    await asyncio.to_thread(file.write_bytes, content)
    assert (await desk.reads(told["id"]))["answers"][0]["record"] is None
    file.unlink()
    file.write_bytes(content)
    county.clock.advance(seconds=5)
    assert (await desk.reads(told["id"]))["answers"][0]["result"] == "information-held"
