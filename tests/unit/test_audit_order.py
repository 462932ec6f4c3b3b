"""The order rules on opened payloads."""

from typing import Any

import pytest

from audit.order import OrderRules

ASKED: dict[str, Any] = {"kind": "asked", "query": "q1", "custodian": "health"}
ANSWERED: dict[str, Any] = {
    "kind": "answered",
    "query": "q1",
    "custodian": "health",
    "round": 1,
    "consent": "c1",
    "outcomes": [],
}
HELD = [{"result": "information-held", "basis": {"kind": "consent"}}]
NOTHING = [{"result": "no-information-available", "basis": {"kind": "consent"}}]
BY_EXCEPTION = [{"result": "information-held", "basis": {"kind": "exception"}}]
OFFERED: dict[str, Any] = ASKED | {"kind": "offered", "recipient": "police"}
TOLD: dict[str, Any] = ANSWERED | {"recipient": "police"}
READ: dict[str, Any] = TOLD | {"kind": "offer-read", "outcomes": HELD}
WITHDRAWN: dict[str, Any] = {"kind": "consent-withdrawn", "consent": "c1"}

OPENED: dict[str, Any] = {
    "kind": "emergency-opened",
    "emergency": "e1",
    "at": "2026-03-01T08:00:00.000000Z",
    "review_due": "2026-03-04T08:00:00.000000Z",
}
REVIEWED: dict[str, Any] = {
    "kind": "emergency-reviewed",
    "emergency": "e1",
    "at": "2026-03-04T08:00:00.000000Z",
}
LATER: dict[str, Any] = {"kind": "log-read", "at": "2026-03-05T08:00:00.000000Z"}

LATE = "emergency access reviewed after its review was due"
NEVER = "emergency access whose review was due and is not in the ledger"
DECIDED_TWICE = "decided twice in one round"
NOT_ASKED = "answered, but the custodian had not been asked"
TWICE = "answered twice in one round"
AFTER = "disclosed on a consent that had been withdrawn"


def broken(*payloads: dict[str, Any] | None) -> list[str]:
    rules = OrderRules()
    found: list[str] = []
    for payload in payloads:
        if payload is None:
            rules.pass_unopened()
        else:
            found += rules.see(payload)
    return found + [message for _, message in rules.overdue()]


@pytest.mark.parametrize(
    ("payloads", "expected"),
    [
        pytest.param([ASKED, ANSWERED], [], id="asked then answered"),
        pytest.param([ANSWERED, ASKED], [NOT_ASKED], id="answered before asked"),
        pytest.param([ASKED | {"custodian": "schools"}, ANSWERED], [NOT_ASKED], id="another custodian asked"),
        pytest.param([ASKED | {"query": "q2"}, ANSWERED], [NOT_ASKED], id="another query asked"),
        pytest.param([None, ANSWERED], [], id="the ask may be among the unopened"),
        pytest.param([ANSWERED, None], [NOT_ASKED], id="unopened entries after it excuse nothing"),
        pytest.param([OFFERED, TOLD], [], id="offered then told"),
        pytest.param([TOLD], [NOT_ASKED], id="told before it was offered"),
        pytest.param([OFFERED, TOLD | {"recipient": "schools"}], [NOT_ASKED], id="another recipient told"),
        pytest.param(
            [OFFERED, OFFERED | {"recipient": "schools"}, TOLD, TOLD | {"recipient": "schools"}],
            [],
            id="two recipients told in one round",
        ),
        pytest.param([OFFERED, TOLD, TOLD], [TWICE], id="told twice"),
        pytest.param([OFFERED, TOLD, WITHDRAWN, READ], [AFTER], id="read after the withdrawal"),
        pytest.param([OFFERED, TOLD, READ, WITHDRAWN], [], id="read before the withdrawal"),
        pytest.param([ASKED, ANSWERED, ANSWERED], [TWICE], id="answered twice"),
        pytest.param([ASKED, ANSWERED, ANSWERED | {"round": 2}], [], id="answered in two rounds"),
        pytest.param([ASKED, WITHDRAWN, ANSWERED | {"outcomes": HELD}], [AFTER], id="after the withdrawal"),
        pytest.param([ASKED, ANSWERED | {"outcomes": HELD}, WITHDRAWN], [], id="before the withdrawal"),
        pytest.param(
            [ASKED, WITHDRAWN, ANSWERED | {"outcomes": NOTHING}], [], id="nothing disclosed after it"
        ),
        pytest.param(
            [ASKED, WITHDRAWN, ANSWERED | {"outcomes": BY_EXCEPTION}], [], id="by exception after it"
        ),
        pytest.param(
            [ASKED, WITHDRAWN | {"consent": "c2"}, ANSWERED | {"outcomes": HELD}], [], id="another consent"
        ),
        pytest.param(
            [ASKED, WITHDRAWN, ANSWERED | {"outcomes": NOTHING + HELD}], [AFTER], id="one outcome of several"
        ),
        pytest.param(
            [{"kind": "consent-withdrawn"}], ["a withdrawal that names no consent"], id="bare withdrawal"
        ),
        pytest.param(
            [{"kind": "answered", "query": "q1"}],
            ["an ask or answer that does not name its query and custodian"],
            id="bare answer",
        ),
        pytest.param(
            [ASKED, WITHDRAWN, ANSWERED | {"consent": None, "outcomes": [HELD[0] | {"consent": "c1"}]}],
            [AFTER],
            id="a consent its outcome names",
        ),
        pytest.param(
            [ASKED, WITHDRAWN, ANSWERED | {"outcomes": [HELD[0] | {"consent": "c2"}]}],
            [],
            id="its outcome names a consent in force",
        ),
        pytest.param([{"kind": "exported"}], [], id="a kind without rules"),
        pytest.param([ASKED, ASKED], [DECIDED_TWICE], id="decided twice"),
        pytest.param([ASKED, ASKED | {"round": 2}], [], id="decided in two rounds"),
        pytest.param([ASKED, ASKED | {"custodian": "schools"}], [], id="decided for two custodians"),
        pytest.param([OPENED, REVIEWED, LATER], [], id="reviewed in time"),
        pytest.param([OPENED, REVIEWED | {"at": "2026-03-04T08:00:00.000001Z"}], [LATE], id="reviewed late"),
        pytest.param([OPENED, LATER], [NEVER], id="never reviewed"),
        pytest.param([OPENED], [], id="not due yet"),
        pytest.param([OPENED, REVIEWED | {"emergency": "e2"}, LATER], [NEVER], id="another one reviewed"),
        pytest.param([OPENED, None, LATER], [], id="the review may be among the unopened"),
        pytest.param([None, OPENED, LATER], [NEVER], id="unopened entries before it excuse nothing"),
        pytest.param([None, REVIEWED], [], id="its opening may be among the unopened"),
        pytest.param(
            [{key: value for key, value in OPENED.items() if key != "review_due"}, LATER],
            [],
            id="recorded before due times were",
        ),
        pytest.param(
            [{"kind": "emergency-opened"}], ["an emergency access that is not named"], id="bare emergency"
        ),
    ],
)
def test_order(payloads: list[dict[str, Any] | None], expected: list[str]) -> None:
    assert broken(*payloads) == expected


def test_answers_that_cannot_be_judged_are_counted() -> None:
    rules = OrderRules()
    rules.pass_unopened()
    assert list(rules.see(ANSWERED)) == []
    assert rules.unjudged == 1
