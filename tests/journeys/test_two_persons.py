"""Two persons release, and a text answers a question about nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, county_in_process, is_problem, make_folder
from tests.county_terms import COURT, HEALTH, PD, SCHOOLS, SOCIAL
from tests.journeys import language_county
from tests.journeys.language_county import QUESTION
from tests.journeys.test_reviews import waiting


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with county_in_process(
        make_folder(tmp_path_factory.mktemp("two-persons"), **language_county.site())
    ) as county:
        yield county


async def released(desk: Desk, review: Json, **body: Any) -> Json:
    answer = await desk.post(f"/v1/reviews/{review['id']}/release", body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def test_two_persons_release_what_both_chose(lived: InProcess) -> None:
    asker = lived.desk(PD)
    first, second = (
        lived.desk(SOCIAL, "worker-1", "liaison"),
        lived.desk(SOCIAL, "worker-2", "privacy-officer"),
    )
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    answer = told["answers"][0]
    # Two working days: the Wednesday is a holiday.
    assert (answer["state"], answer["due"]) == ("pending", "2026-03-05T12:00:00Z")
    review = await waiting(first, told["id"])
    assert (review["awaits"], review["due"], review["signed_by"]) == (
        ["review", "second-review"],
        "2026-03-05T12:00:00Z",
        None,
    )
    (item,) = review["items"]
    assert item["fields"] == {"plan": "A"}
    signed = await released(first, review, items=[item["id"]])
    assert (signed["state"], signed["signed_by"], signed["decided_by"]) == ("signed", "worker-1", None)
    assert (await asker.reads(told["id"]))["state"] == "pending"
    again = await waiting(second, told["id"])
    assert (again["state"], again["signed_by"]) == ("signed", "worker-1")
    assert again["signed"] == {"items": [{"id": item["id"], "fields": ["plan"]}], "text": None}
    mine = await first.post(f"/v1/reviews/{review['id']}/release", {"items": [item["id"]]})
    assert "Another person" in is_problem(mine, 409)["detail"]
    assert (await asker.reads(told["id"]))["state"] == "pending"
    done = await released(second, review, items=[item["id"]])
    assert (done["state"], done["signed_by"], done["decided_by"]) == ("released", "worker-1", "worker-2")
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["record"], answer["due"]) == ({"investigation": {"plan": "A"}}, None)
    assert answer["summary"] == {"investigation": "investigation told"}


async def test_what_only_one_chose_is_not_released(lived: InProcess) -> None:
    asker = lived.desk(PD)
    first, second = lived.desk(SOCIAL, "worker-1", "liaison"), lived.desk(SOCIAL, "worker-2", "liaison")
    choices: tuple[tuple[Json | None, Json | None, Json | None], ...] = (
        ({"fields": []}, {}, {"investigation": {}}),
        ({}, {"fields": []}, {"investigation": {}}),
        (None, {}, None),
        ({}, None, None),
    )
    for of_first, of_second, record in choices:
        told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
        review = await waiting(first, told["id"])
        item = review["items"][0]["id"]
        for desk, cut in ((first, of_first), (second, of_second)):
            await released(desk, review, items=[] if cut is None else [{"id": item, **cut}])
        answer = (await asker.reads(told["id"]))["answers"][0]
        assert answer["record"] == record
        assert answer["result"] == ("no-information-available" if record is None else "information-held")


async def test_either_may_decline(lived: InProcess) -> None:
    asker = lived.desk(PD)
    first, second = lived.desk(SOCIAL, "worker-1", "liaison"), lived.desk(SOCIAL, "worker-2", "liaison")
    for declines in (first, second):
        told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
        review = await waiting(first, told["id"])
        await released(first, review, items=[review["items"][0]["id"]])
        path = f"/v1/reviews/{review['id']}"
        assert (
            await declines.post(f"{path}/decline", {"reason": "It would compromise it"})
        ).status_code == 200
        is_problem(await second.post(f"{path}/release", {"items": []}), 409)
        assert (await asker.reads(told["id"]))["answers"][0]["result"] == "refused"


async def test_people_without_a_system_vouch_twice_and_the_duties_say_where_and_whom(
    lived: InProcess,
) -> None:
    asker = lived.desk(PD)
    told = await asker.told(await asker.opens(), "court", custodians=[COURT])
    review = await waiting(lived.desk(COURT, "clerk-1", "liaison"), told["id"])
    for clerk in ("clerk-1", "clerk-2"):
        await released(lived.desk(COURT, clerk, "liaison"), review, items=[review["items"][0]["id"]])
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["result"], answer["level"]) == ("information-held", "contact")
    stored, notified = answer["obligations"]
    assert (stored["places"], stored["never_in"], "whom" in stored) == (
        ["threat-file"],
        ["personnel-file"],
        False,
    )
    assert "threat-file" in stored["text"]
    assert "personnel-file" in stored["text"]
    assert (notified["whom"], notified["due"]) == (["target"], "2026-03-03T12:00:00Z")
    assert set(notified) == {"code", "text", "due", "whom"}


async def test_signing_is_in_the_ledger(lived: InProcess) -> None:
    asker, first = lived.desk(PD), lived.desk(SOCIAL, "worker-1", "liaison")
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    review = await waiting(first, told["id"])
    await released(first, review, items=[])
    auditor = lived.desk(SOCIAL, "auditor-1", "auditor")
    found = (await auditor.get(f"/v1/disclosures?kind=review-signed&query={told['id']}")).json()
    (entry,) = found["disclosures"]
    assert (entry["user"], entry["review"]) == ("worker-1", review["id"])


async def test_reviews_are_listed_signed_apart_too(lived: InProcess) -> None:
    asker, first = lived.desk(PD), lived.desk(SOCIAL, "worker-1", "liaison")
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    await released(first, await waiting(first, told["id"]), items=[])
    listed = (await first.get("/v1/reviews?state=signed")).json()["reviews"]
    assert {review["state"] for review in listed} == {"signed"}
    assert told["id"] in {review["query"] for review in listed}


async def test_a_clause_that_comes_to_want_two_persons_wants_them_of_what_waits(a_county: ACountyOf) -> None:
    plain = [
        {**each, "conditions": {"review": "custodian"}}
        for each in language_county.CLAUSES
        if each["id"] == "6"
    ]
    site = {**language_county.site(), "agreements": [language_county.agreement(clauses=plain)]}
    county = a_county(**site)
    asker, first = county.desk(PD), county.desk(SOCIAL, "worker-1", "liaison")
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    county.folder.write_agreement(language_county.agreement(version=2))
    county.running.policies.refresh()
    review = await waiting(first, told["id"])
    signed = await released(first, review, items=[review["items"][0]["id"]])
    assert signed["state"] == "signed"


async def test_a_question_about_nobody_is_answered_by_a_person_in_words(lived: InProcess) -> None:
    asker, liaison = lived.desk(PD), lived.desk(SCHOOLS, "principal", "liaison")
    told = await asker.told(
        await asker.opens(), "threat-report", custodians=[SCHOOLS], subject=QUESTION, level="summary"
    )
    assert told["answers"][0]["state"] == "pending"
    review = await waiting(liaison, told["id"])
    assert (review["subject"], review["awaits"], review["items"]) == (QUESTION, ["review"], [])
    path = f"/v1/reviews/{review['id']}/release"
    for wrong, key in (
        ({}, "text"),
        ({"items": ["threat-report"]}, "items"),
        ({"text": ""}, "text"),
        ({"text": "x" * 4001}, "text"),
    ):
        assert key in is_problem(await liaison.post(path, wrong), 422)["detail"]
    await released(liaison, review, text="Seventeen since January.")
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["result"], answer["level"]) == ("information-held", "summary")
    assert answer["summary"] == {"threat-report": "Seventeen since January."}
    assert answer["basis"]["clause"] == "8"


async def test_nothing_may_be_told_in_words_below_a_summary(lived: InProcess) -> None:
    asker, liaison = lived.desk(PD), lived.desk(SCHOOLS, "principal", "liaison")
    told = await asker.told(
        await asker.opens(), "threat-report", custodians=[SCHOOLS], subject=QUESTION, level="existence"
    )
    review = await waiting(liaison, told["id"])
    answer = await liaison.post(f"/v1/reviews/{review['id']}/release", {"text": "Seventeen."})
    assert "text" in is_problem(answer, 422)["detail"]
    await released(liaison, review, items=[])
    assert (await asker.reads(told["id"]))["answers"][0]["result"] == "no-information-available"


async def test_two_persons_sign_one_text(lived: InProcess) -> None:
    asker = lived.desk(PD)
    first, second = lived.desk(SCHOOLS, "principal", "liaison"), lived.desk(SCHOOLS, "deputy", "liaison")
    told = await asker.told(
        await asker.opens(), "school-discipline", custodians=[SCHOOLS], subject=QUESTION, level="summary"
    )
    review = await waiting(first, told["id"])
    await released(first, review, text="Four suspensions.")
    assert (await waiting(second, told["id"]))["signed"]["text"] == "Four suspensions."
    other = await second.post(f"/v1/reviews/{review['id']}/release", {"text": "Five suspensions."})
    assert "text" in is_problem(other, 409)["detail"]
    assert (await asker.reads(told["id"]))["state"] == "pending"
    await released(second, review, text="Four suspensions.")
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert answer["summary"] == {"school-discipline": "Four suspensions."}


async def test_a_law_that_lets_nobodys_answer_out_caps_it_at_a_summary(lived: InProcess) -> None:
    asker, liaison = lived.desk(PD), lived.desk(HEALTH, "clinician", "liaison")
    told = await asker.told(await asker.opens(), "mental-health", custodians=[HEALTH], subject=QUESTION)
    review = await waiting(liaison, told["id"])
    await released(liaison, review, text="None that we know of.")
    answer = (await asker.reads(told["id"]))["answers"][0]
    assert (answer["level"], answer["summary"]) == ("summary", {"mental-health": "None that we know of."})


async def test_a_release_about_somebody_names_items_or_says_something(lived: InProcess) -> None:
    asker, liaison = lived.desk(PD), lived.desk(SOCIAL, "worker-1", "liaison")
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    review = await waiting(liaison, told["id"])
    path = f"/v1/reviews/{review['id']}/release"
    for wrong, key in (({"text": "..."}, "text"), ({}, "items")):
        assert key in is_problem(await liaison.post(path, wrong), 422)["detail"]


async def test_no_system_is_asked_a_question_about_nobody(
    lived: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(*_: object, **__: object) -> None:
        raise AssertionError("a system was asked")

    for partner in lived.running._partners.values():
        for name in ("find", "fetch", "health"):
            monkeypatch.setattr(type(partner), name, touched)
    asker, liaison = lived.desk(PD), lived.desk(SCHOOLS, "principal", "liaison")
    told = await asker.told(
        await asker.opens(), "threat-report", custodians=[SCHOOLS], subject=QUESTION, level="summary"
    )
    review = await waiting(liaison, told["id"])
    await released(liaison, review, text="None.")
    assert (await asker.reads(told["id"]))["state"] == "answered"


@pytest.mark.parametrize(
    "subject",
    [
        {"kind": "general"},
        {"kind": "general", "question": ""},
        {"kind": "general", "question": "x" * 2001},
        {"kind": "general", "question": "How many?", "family_name": "Okafor"},
    ],
    ids=["no-question", "empty", "too-long", "a-name-beside-it"],
)
async def test_a_malformed_question_about_nobody_is_refused(lived: InProcess, subject: Json) -> None:
    asker = lived.desk(PD)
    answer = await asker.asks(await asker.opens(), "threat-report", subject=subject, level="summary")
    assert "subject" in is_problem(answer, 422)["detail"]


async def test_fields_withheld_later_are_no_longer_read(a_county: ACountyOf) -> None:
    clauses = [{**each, "conditions": {}} for each in language_county.CLAUSES if each["id"] == "6"]
    county = a_county(
        **{**language_county.site(), "agreements": [language_county.agreement(clauses=clauses)]}
    )
    asker = county.desk(PD)
    told = await asker.told(await asker.opens(), "investigation", custodians=[SOCIAL])
    assert told["answers"][0]["record"] == {"investigation": {"plan": "A", "source": "Neighbour at no. 4"}}
    withheld = {**clauses[0], "id": "6.1", "effect": "prohibit", "withholds": ["source"]}
    county.folder.write_agreement(language_county.agreement(version=2, clauses=[*clauses, withheld]))
    county.running.policies.refresh()
    assert (await asker.reads(told["id"]))["answers"][0]["record"] == {"investigation": {"plan": "A"}}
