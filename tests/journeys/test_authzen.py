"""The Authorization API of AuthZEN 1.0: the same decisions as evaluations, in terms all points speak."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, emergency, is_problem
from tests.county_terms import DANIEL, HEALTH, ISSUER, PD, SCHOOL, SCHOOLS, SOCIAL, STRANGER
from tests.journeys import telling_county
from tests.journeys.telling_county import CONTACT

ONE = "/access/v1/evaluation"
MANY = "/access/v1/evaluations"


def asking(case: str, category: str, custodian: str, level: str = "existence", **context: Any) -> Json:
    """A caseworker of the police asks about Daniel."""
    return {
        "subject": {"type": "user", "id": "badge-1", "properties": {"role": "caseworker"}},
        "action": {"name": "ask", "properties": {"purpose": "threat-assessment", "level": level}},
        "resource": {"type": category, "id": custodian, "properties": {"subject": DANIEL}},
        "context": {"case": case, **context},
    }


async def decided(desk: Desk, body: Json) -> Json:
    answer = await desk.post(ONE, body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    assert isinstance(told["decision"], bool)
    return told


async def evaluated(desk: Desk, body: Json) -> Json:
    """The evaluation of ours that asks the same."""
    part, act = body["resource"], body["action"]["properties"]
    question = desk.question(
        body["context"]["case"],
        part["type"],
        custodians=[part["id"]],
        level=act["level"],
        subject=part["properties"]["subject"],
        **{key: value for key, value in body["context"].items() if key != "case"},
    )
    answer = await desk.post("/v1/evaluations", question)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()["evaluations"][0]
    return told


def codes(told: Json) -> list[str]:
    return [reason["code"] for reason in told["context"]["reasons"]]


async def test_the_configuration_is_anybodys(county: InProcess) -> None:
    async with county.connect() as client:
        told = await client.get("/.well-known/authzen-configuration")
    assert (told.status_code, told.headers["content-type"]) == (200, "application/json")
    assert told.json() == {
        "policy_decision_point": ISSUER,
        "access_evaluation_endpoint": ISSUER + ONE,
        "access_evaluations_endpoint": ISSUER + MANY,
    }


async def test_what_would_be_told_at_once_is_true_with_its_duties(county: InProcess) -> None:
    desk = county.desk(PD)
    told = await decided(desk, asking(await desk.opens(), "school-discipline", SCHOOLS, "record"))
    assert told["decision"] is True
    context = told["context"]
    assert (context["reasons"], context["awaits"], context["level"]) == ([], [], "record")
    assert [duty["id"] for duty in context["obligations"]] == ["no-redisclosure", "destroy-by"]
    assert context["obligations"][1]["due"].endswith("Z")
    assert context["basis"]["clause"] == "1.1"


CASES = [
    pytest.param("school-discipline", SCHOOLS, "record", {}, True, id="permitted"),
    pytest.param("family-services", SOCIAL, "record", {}, False, id="level-lower"),
    pytest.param("family-services", SOCIAL, "contact", {}, True, id="at-the-level-allowed"),
    pytest.param("safeguarding", SOCIAL, "record", {}, False, id="review"),
    pytest.param("mental-health", HEALTH, "existence", {}, False, id="masked-without-consent"),
    pytest.param("employment", SOCIAL, "summary", {}, False, id="prohibited"),
    pytest.param("health", HEALTH, "summary", {"exception": emergency()}, True, id="exception-relied-on"),
    pytest.param("mental-health", HEALTH, "existence", {"exception": emergency()}, False, id="finding"),
    pytest.param("probation", SOCIAL, "summary", {}, False, id="unreadable-law"),
    pytest.param("intelligence", HEALTH, "existence", {}, False, id="no-clause"),
]


@pytest.mark.parametrize(("category", "custodian", "level", "context", "expected"), CASES)
async def test_a_decision_is_that_of_an_evaluation(
    county: InProcess, category: str, custodian: str, level: str, context: Json, expected: bool
) -> None:
    desk = county.desk(PD)
    body = asking(await desk.opens(), category, custodian, level, **context)
    told, ours = await decided(desk, body), await evaluated(desk, body)
    assert told["decision"] is expected
    whole = ours["decision"] == "permit" and not ours["awaits"] and ours["level"] == level
    assert told["decision"] is whole
    for key in ("level", "basis", "awaits", "masked", "layers", "fields"):
        assert told["context"].get(key) == ours.get(key)
    more = {"awaits", "level-lower"}
    assert [code for code in codes(told) if code not in more] == [each["code"] for each in ours["reasons"]]
    assert bool(codes(told)) is not expected


async def test_what_awaits_a_person_or_a_lower_level_is_false_and_says_so(county: InProcess) -> None:
    desk = county.desk(PD)
    case = await desk.opens()
    assert codes(await decided(desk, asking(case, "safeguarding", SOCIAL, "record"))) == ["awaits"]
    assert codes(await decided(desk, asking(case, "family-services", SOCIAL, "record"))) == ["level-lower"]


async def test_nobody_is_asked_and_nothing_released(county: InProcess) -> None:
    desk, auditor = county.desk(PD), county.desk(SCHOOLS, "aud-1", "auditor")
    case = await desk.opens()
    answer = await desk.post(ONE, asking(case, "school-discipline", SCHOOLS, "record"))
    assert "fight" not in answer.text
    listed = (await auditor.get(f"/v1/disclosures?case={case}")).json()["disclosures"]
    assert [entry["kind"] for entry in listed if entry["kind"] == "asked"] == []


async def test_neither_holdings_nor_a_recorded_consent_can_be_told(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    case = await desk.opens()

    async def seen(subject: Json) -> list[bytes]:
        bodies = [asking(case, each, HEALTH) for each in ("mental-health", "health")]
        for body in bodies:
            body["resource"]["properties"]["subject"] = subject
        return [(await desk.post(ONE, body)).content for body in bodies]

    before = await seen(patient)
    assert await seen(STRANGER) == before
    await county.desk(HEALTH).consents("mental-health", "health", subject=patient)
    assert await seen(patient) == before


async def test_a_named_consent_opens_what_it_reaches(county: InProcess) -> None:
    patient, desk = county.new_patient(), county.desk(PD)
    consent = await desk.consents("health", subject=patient)
    case = await desk.opens()
    body = asking(case, "health", HEALTH, "summary", consent=consent["id"])
    assert (await decided(desk, body))["decision"] is False
    body["resource"]["properties"]["subject"] = patient
    told = await decided(desk, body)
    assert (told["decision"], told["context"]["basis"]["kind"]) == (True, "consent")


@pytest.mark.parametrize(
    ("kind", "expected"), [("person", True), ("venue", True), ("communication", True), ("general", False)]
)
async def test_a_kind_of_subject_is_enough_where_nobody_need_be_named(
    county: InProcess, kind: str, expected: bool
) -> None:
    desk = county.desk(PD)
    body = asking(await desk.opens(), "threat-report", SCHOOLS, "summary")
    body["resource"]["properties"]["subject"] = {"kind": kind}
    assert (await decided(desk, body))["decision"] is expected


def without(part: str, key: str) -> Any:
    def change(body: Json) -> None:
        del body[part][key]

    return change


MALFORMED = {
    "no-subject": lambda body: body.pop("subject"),
    "no-action": lambda body: body.pop("action"),
    "no-resource": lambda body: body.pop("resource"),
    "subject-is-text": lambda body: body.update(subject="badge-1"),
    "subject-without-type": without("subject", "type"),
    "subject-without-id": without("subject", "id"),
    "action-without-name": without("action", "name"),
    "resource-without-type": without("resource", "type"),
    "resource-without-id": without("resource", "id"),
    "id-is-a-number": lambda body: body["subject"].update(id=7),
    "id-is-empty": lambda body: body["subject"].update(id=""),
    "id-is-long": lambda body: body["subject"].update(id="x" * 257),
    "properties-are-a-list": lambda body: body["subject"].update(properties=[]),
    "context-is-text": lambda body: body.update(context="case"),
    "context-is-null": lambda body: body.update(context=None),
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_authzen_calls_malformed_is_400(county: InProcess, change: Any) -> None:
    desk = county.desk(PD)
    body = asking("CASE", "health", HEALTH)
    change(body)
    for path, sent in ((ONE, body), (MANY, body), (MANY, {"evaluations": [body]})):
        is_problem(await desk.post(path, sent), 400, "malformed-request")


@pytest.mark.parametrize("body", [[], "x", 7, {"evaluations": {}}, {"evaluations": [7]}, {"options": 7}])
async def test_what_is_no_request_is_400(county: InProcess, body: Any) -> None:
    is_problem(await county.desk(PD).post(MANY, body), 400, "malformed-request")


async def test_a_batch_has_limits_and_known_semantics(county: InProcess) -> None:
    desk = county.desk(PD)
    item = asking("CASE", "health", HEALTH)
    is_problem(await desk.post(MANY, {"evaluations": [item] * 33}), 400)
    named = {"evaluations": [item], "options": {"evaluations_semantic": "first_of_all"}}
    assert "evaluations_semantic" in is_problem(await desk.post(MANY, named), 400)["detail"]


MEANINGLESS = {
    "another-type-of-subject": lambda body: body["subject"].update(type="group"),
    "another-action": lambda body: body["action"].update(name="can_read"),
    "no-purpose": lambda body: body["action"].update(properties={}),
    "unknown-purpose": lambda body: body["action"]["properties"].update(purpose="curiosity"),
    "unknown-category": lambda body: body["resource"].update(type="document"),
    "unknown-custodian": lambda body: body["resource"].update(id="no-such-agency"),
    "no-role": lambda body: body["subject"].pop("properties"),
    "unknown-role": lambda body: body["subject"]["properties"].update(role="sheriff"),
    "a-role-that-may-not-ask": lambda body: body["subject"]["properties"].update(role="administrator"),
    "another-agency": lambda body: body["subject"]["properties"].update(agency=HEALTH),
    "unknown-property": lambda body: body["resource"]["properties"].update(colour="red"),
    "unknown-context": lambda body: body["context"].update(time="2026-03-02T12:00:00Z"),
    "no-case": lambda body: body.pop("context"),
    "no-subject-matter": lambda body: body["resource"].pop("properties"),
    "no-such-case": lambda body: body["context"].update(case="NO-SUCH-CASE"),
    "id-with-spaces": lambda body: body["subject"].update(id="badge 1"),
}


@pytest.mark.parametrize("change", MEANINGLESS.values(), ids=MEANINGLESS.keys())
async def test_what_means_nothing_here_is_denied_and_says_why(county: InProcess, change: Any) -> None:
    desk = county.desk(PD)
    body = asking(await desk.opens(), "school-discipline", SCHOOLS, "record")
    assert (await decided(desk, body))["decision"] is True
    change(body)
    told = await decided(desk, body)
    assert told["decision"] is False
    assert told["context"]["error"]["status"] in {403, 422}
    assert len(codes(told)) == 1
    for word in ("curiosity", "sheriff", "red", "no-such-agency", "NO-SUCH-CASE"):
        assert word not in str(told)


async def test_unknown_foreign_and_closed_cases_are_one_answer(county: InProcess) -> None:
    desk, schools = county.desk(PD), county.desk(SCHOOLS)
    closed, foreign = await desk.opens(), await schools.opens("watch")
    assert (await desk.post(f"/v1/cases/{closed}/close", {"reason": "It is over"})).status_code == 200
    answers = [
        (await desk.post(ONE, asking(case, "school-discipline", SCHOOLS))).content
        for case in (closed, foreign, "NO-SUCH-CASE")
    ]
    assert len(set(answers)) == 1


def batch(case: str, semantic: str | None, *categories: str) -> Json:
    whole = asking(case, "school-discipline", SCHOOLS)
    whole["evaluations"] = [{"resource": {**whole["resource"], "type": category}} for category in categories]
    del whole["resource"]
    return whole | ({"options": {"evaluations_semantic": semantic}} if semantic else {})


YES, NO = "school-discipline", "education-record"


@pytest.mark.parametrize(
    ("semantic", "categories", "expected"),
    [
        (None, (YES, NO, YES), [True, False, True]),
        ("execute_all", (NO, YES), [False, True]),
        ("deny_on_first_deny", (YES, NO, YES), [True, False]),
        ("deny_on_first_deny", (YES, "document", YES), [True, False]),
        ("deny_on_first_deny", (YES, YES), [True, True]),
        ("permit_on_first_permit", (NO, YES, NO), [False, True]),
        ("permit_on_first_permit", (NO, NO), [False, False]),
    ],
)
async def test_a_batch_with_defaults_stops_where_it_is_told_to(
    county: InProcess, semantic: str | None, categories: tuple[str, ...], expected: list[bool]
) -> None:
    desk = county.desk(PD)
    answer = await desk.post(MANY, batch(await desk.opens(), semantic, *categories))
    assert answer.status_code == 200
    assert answer.json().keys() == {"evaluations"}
    assert [each["decision"] for each in answer.json()["evaluations"]] == expected


async def test_an_item_replaces_a_default_as_a_whole(county: InProcess) -> None:
    desk = county.desk(PD)
    body = batch(await desk.opens(), None, YES)
    body["evaluations"].append({**body["evaluations"][0], "context": {}})
    body["evaluations"].append({"resource": {"type": "threat-report", "id": SCHOOLS,
                                             "properties": {"subject": SCHOOL}}})  # fmt: skip
    answer = (await desk.post(MANY, body)).json()["evaluations"]
    assert [each["decision"] for each in answer] == [True, False, True]


async def test_without_evaluations_a_batch_is_one_evaluation(county: InProcess) -> None:
    desk = county.desk(PD)
    body = asking(await desk.opens(), "school-discipline", SCHOOLS)
    one = await decided(desk, body)
    for sent in (body, {**body, "evaluations": []}):
        assert (await desk.post(MANY, sent)).json() == one


async def identified(county: InProcess, path: str, body: Json, token: str, id: str) -> httpx.Response:
    headers = {"X-Request-ID": id, **({"Authorization": f"Bearer {token}"} if token else {})}
    async with county.connect() as client:
        return await client.post(path, json=body, headers=headers)


async def test_a_token_is_required_and_the_request_is_identified(county: InProcess) -> None:
    desk = county.desk(PD)
    body = asking(await desk.opens(), "school-discipline", SCHOOLS)
    token = await county.token(PD)
    id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"
    for path in (ONE, MANY):
        good = await identified(county, path, body, token, id)
        refused = await identified(county, path, body, "", id)
        malformed = await identified(county, path, {}, token, id)
        assert [each.status_code for each in (good, refused, malformed)] == [200, 401, 400]
        assert {each.headers["x-request-id"] for each in (good, refused, malformed)} == {id}
        assert is_problem(refused, 401)


@pytest.mark.parametrize("id", ["", "a b", "<script>", "x" * 129, "a;b", '"'])
async def test_an_identifier_that_is_not_safe_is_not_repeated(county: InProcess, id: str) -> None:
    answer = await identified(county, ONE, asking("CASE", "health", HEALTH), await county.token(PD), id)
    assert "x-request-id" not in answer.headers
    elsewhere = await identified(county, "/v1/evaluations", {}, await county.token(PD), "abc")
    assert "x-request-id" not in elsewhere.headers


def telling(case: str, category: str, recipient: str, level: str = "existence", **act: Any) -> Json:
    """A caseworker asks whether something may be told about Daniel."""
    body = asking(case, category, recipient, level)
    return {**body, "action": {"name": "tell", "properties": {**body["action"]["properties"], **act}}}


@pytest.mark.parametrize(
    ("category", "recipient", "level", "act", "decision", "code"),
    [
        pytest.param("threat-report", SCHOOLS, "record", {}, True, "", id="told-at-once"),
        pytest.param("police-contact", SCHOOLS, "record", {}, False, "level-lower", id="level-lower"),
        pytest.param(
            "police-contact", SCHOOLS, "summary", {"reader": CONTACT}, True, "", id="to-the-contact"
        ),
        pytest.param(
            "police-contact",
            SCHOOLS,
            "summary",
            {"reader": "b"},
            False,
            "contact-person-only",
            id="to-another",
        ),
        pytest.param("threat-report", HEALTH, "existence", {}, False, "no-clause-for-party", id="no-clause"),
        pytest.param("threat-report", PD, "existence", {}, False, "unprocessable", id="to-itself"),
        pytest.param("threat-report", "nobody", "existence", {}, False, "unprocessable", id="to-nobody"),
        pytest.param("threat-report", SCHOOLS, "all", {}, False, "unprocessable", id="an-unknown-level"),
    ],
)
async def test_whether_it_may_be_told(
    a_county: ACountyOf, category: str, recipient: str, level: str, act: Json, decision: bool, code: str
) -> None:
    desk = a_county(**telling_county.site()).desk(PD)
    told = await decided(desk, telling(await desk.opens(), category, recipient, level, **act))
    assert told["decision"] is decision
    assert codes(told) == ([code] if code else [])


async def test_what_may_be_told_says_who_may_read_it(a_county: ACountyOf) -> None:
    desk = a_county(**telling_county.site()).desk(PD)
    told = await decided(desk, telling(await desk.opens(), "police-contact", SCHOOLS))
    assert told["context"]["readers"] == {"roles": ["caseworker"], "contacts_only": True}


async def test_a_liaison_may_tell_at_once_what_a_caseworker_may_not(a_county: ACountyOf) -> None:
    county = a_county(**telling_county.site())
    desk = county.desk(HEALTH)
    body = telling(await desk.opens(), "mental-health", PD, "summary")
    body["context"]["exception"] = emergency()
    assert codes(await decided(desk, body)) == ["awaits"]
    body["subject"]["properties"]["role"] = "liaison"
    assert (await decided(desk, body))["decision"] is True


async def test_a_reader_is_known_of_a_telling_only(county: InProcess) -> None:
    desk = county.desk(PD)
    body = asking(await desk.opens(), "school-discipline", SCHOOLS)
    body["action"]["properties"]["reader"] = "badge-1"
    assert codes(await decided(desk, body)) == ["unprocessable"]
