"""Events for other systems' logs: masked to a closed shape, dropped where that fails, one line each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from gateway.export_formats import FORMATS, cef_event, fhir_event, ocsf_event
from gateway.export_masking import Event, MaskingError, masked

KEY = b"k" * 32
BASIS = {"kind": "consent", "agreement": "dsa", "version": 3, "clause": "4.2"}
TOLD = {
    "categories": ["mental-health"],
    "result": "information-held",
    "level": "existence",
    "basis": BASIS,
    "fields": [],
}
ANSWERED: dict[str, Any] = {
    "kind": "answered",
    "at": "2026-03-02T12:00:00.000000Z",
    "requester": "pd",
    "custodian": "health",
    "user": "badge-4411",
    "role": "caseworker",
    "case": "RPD-2026-0117",
    "query": "qry_" + "a" * 24,
    "purpose": "threat-assessment",
    "outcomes": [TOLD],
}
EMERGENCY = {key: ANSWERED[key] for key in ("at", "requester", "custodian", "user", "query")} | {
    "kind": "emergency-opened",
    "ground": "serious-imminent-threat",
}


def event(**more: Any) -> Event:
    return masked(41, {**ANSWERED, **more}, KEY)


def test_persons_and_cases_leave_under_pseudonyms_that_stay_the_same() -> None:
    one = event()
    assert (one.user, one.case) == (event(query="qry_" + "b" * 24).user, event().case)
    assert event(user="badge-17").user != one.user
    assert event(requester="sheriff").user != one.user
    assert masked(41, ANSWERED, b"x" * 32).user != one.user
    for write, _ in FORMATS.values():
        line = write(one, "health")
        assert line is not None
        assert not any(word in line for word in ("badge-4411", "RPD-2026-0117"))
        assert line.endswith("\n")
        assert line.count("\n") == 1


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "consent-given"},
        {"requester": "Daniel Okafor"},
        {"custodian": "x@example.org"},
        {"user": None},
        {"user": ""},
        {"role": "king"},
        {"case": 7},
        {"query": "Daniel Okafor"},
        {"purpose": "curiosity"},
        {"at": "yesterday"},
        {"outcomes": [{**TOLD, "categories": ["Okafor"]}]},
        {"outcomes": [{**TOLD, "result": "Open safety plan"}]},
        {"outcomes": [{**TOLD, "level": "everything"}]},
        {"outcomes": [{**TOLD, "basis": None}]},
        {"outcomes": [{**TOLD, "basis": {**BASIS, "clause": "4.2\n<6>1 forged"}}]},
        {"outcomes": [{**TOLD, "basis": {**BASIS, "version": "3"}}]},
        {"outcomes": "all of it"},
        {"decisions": [{"category": "mental-health", "decision": "Dr Ito said"}]},
    ],
    ids=str,
)
def test_what_nobody_decided_may_leave_does_not(more: dict[str, Any]) -> None:
    with pytest.raises(MaskingError):
        event(**more)


@pytest.mark.parametrize(
    ("agency", "profile", "code", "action"),
    [("health", "Source", "110106", "R"), ("pd", "Recipient", "110107", "C")],
)
def test_a_disclosure_has_the_shape_of_balp_on_either_side(
    agency: str, profile: str, code: str, action: str
) -> None:
    line = fhir_event(event(), agency)
    assert line is not None
    told = json.loads(line)
    assert told["meta"]["profile"][0].endswith(f"/IHE.BasicAudit.PrivacyDisclosure.{profile}")
    assert (told["type"]["code"], told["action"], told["outcome"]) == (code, action, "0")
    assert told["subtype"][0]["code"] == "disclose"
    agents = {agent["type"]["coding"][0]["code"]: agent for agent in told["agent"]}
    assert all(agents[role]["network"]["address"] for role in ("110153", "110152"))
    own = agents["110153" if profile == "Source" else "110152"]
    assert own["who"] == told["source"]["observer"]
    patient, *data = told["entity"]
    assert (patient["type"]["code"], patient["role"]["code"]) == ("1", "1")
    assert patient["what"]["type"] == "Patient"
    assert len(data) == 1
    assert told["purposeOfEvent"][0]["coding"][1]["code"] == "THREAT"


def test_only_disclosures_are_events_of_balp() -> None:
    assert fhir_event(event(outcomes=[{**TOLD, "result": "nothing-held"}]), "health") is None
    assert fhir_event(masked(1, EMERGENCY, KEY), "health") is None


def test_an_event_is_an_ocsf_api_activity() -> None:
    told = json.loads(ocsf_event(event(), "health") or "")
    assert (told["class_uid"], told["category_uid"], told["activity_id"], told["type_uid"]) == (
        6003,
        6,
        2,
        600302,
    )
    assert told["type_uid"] == told["class_uid"] * 100 + told["activity_id"]
    assert told["time"] == 1772452800000
    required = {"metadata", "actor", "api", "src_endpoint", "severity_id", "status_id"}
    assert required <= told.keys()
    assert (told["severity_id"], told["unmapped"]["clauses"]) == (1, ["dsa@3/4.2"])
    assert json.loads(ocsf_event(masked(1, EMERGENCY, KEY), "health") or "")["severity_id"] == 3


def test_an_event_is_cef_in_a_syslog_line() -> None:
    line = cef_event(event(), "health") or ""
    assert re.fullmatch(
        r"<110>1 2026-03-02T12:00:00(\.\d+)?Z gateway partner-gateway - 41 - CEF:0\|.*\n", line
    )
    head = line.split("CEF:0|", 1)[1].split("|")
    assert head[:6] == ["partner-gateway", "partner-gateway", "1", "answered", "Query answered", "3"]
    assert "cs1=mental-health:information-held" in head[6]
    assert (cef_event(masked(1, EMERGENCY, KEY), "health") or "").startswith("<108>1 ")


UNASKED = {key: value for key, value in ANSWERED.items() if key != "query"} | {
    "act": "tell",
    "recipient": "pd",
    "user": "dr-ito",
    "query": "off_" + "a" * 24,
}


def test_what_is_told_unasked_is_the_act_of_who_tells() -> None:
    one = masked(7, UNASKED, KEY)
    assert (one.requester, one.custodian, one.by) == ("pd", "health", "health")
    told = json.loads(ocsf_event(one, "health") or "")
    assert (told["actor"]["user"]["domain"], told["src_endpoint"]["name"]) == ("health", "health")
    assert told["dst_endpoint"]["name"] == "pd"
    assert " sntdom=health dntdom=pd " in (cef_event(one, "health") or "")
    person = json.loads(fhir_event(one, "pd") or "")["agent"][2]
    assert person["type"]["coding"][0]["code"] == "INF"
    undelivered = {key: value for key, value in UNASKED.items() if key != "requester"}
    assert masked(7, undelivered, KEY).requester == "pd"


def test_what_was_told_past_the_gateway_may_rest_on_nothing() -> None:
    told = {**UNASKED, "kind": "disclosed", "query": "dis_" + "a" * 24, "outcomes": [{**TOLD, "basis": None}]}
    detail = json.loads(fhir_event(masked(7, told, KEY), "health") or "")["entity"][1]["detail"]
    assert [one["valueString"] for one in detail[1:3]] == ["none", "none"]
    with pytest.raises(MaskingError):
        masked(7, {**told, "kind": "answered"}, KEY)
