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
WITHDRAWN: dict[str, Any] = {"kind": "consent-withdrawn", "consent": "c1"}

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
    return found


@pytest.mark.parametrize(
    ("payloads", "expected"),
    [
        pytest.param([ASKED, ANSWERED], [], id="asked then answered"),
        pytest.param([ANSWERED, ASKED], [NOT_ASKED], id="answered before asked"),
        pytest.param([ASKED | {"custodian": "schools"}, ANSWERED], [NOT_ASKED], id="another custodian asked"),
        pytest.param([ASKED | {"query": "q2"}, ANSWERED], [NOT_ASKED], id="another query asked"),
        pytest.param([None, ANSWERED], [], id="the ask may be among the unopened"),
        pytest.param([ANSWERED, None], [NOT_ASKED], id="unopened entries after it excuse nothing"),
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
    ],
)
def test_order(payloads: list[dict[str, Any] | None], expected: list[str]) -> None:
    assert broken(*payloads) == expected


def test_answers_that_cannot_be_judged_are_counted() -> None:
    rules = OrderRules()
    rules.pass_unopened()
    assert list(rules.see(ANSWERED)) == []
    assert rules.unjudged == 1
