"""What changes between two sets of agreements, in sentences and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from agreements.document import Json
from agreements.terms import BasisKind, Level
from policies.changes import Change, ChangeKind, Told
from policies.decision import Await
from policies.difference import Changed
from policies.regions import Box
from policies.requests import request_json
from policies.wording import (
    CATEGORY,
    CUSTODIAN,
    PERIOD,
    REQUESTER,
    all_of,
    case_said,
    duties_said,
    duty_said,
    evidence_said,
    level_said,
    one_of,
    periods_of,
    periods_said,
    plain,
    scope_said,
    unless_said,
)

HEADS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.RELEASED: "Newly released",
    ChangeKind.WIDENED: "More is released",
    ChangeKind.REFUSED: "Newly refused",
    ChangeKind.NARROWED: "Less is released",
    ChangeKind.DUTIES: "Duties change",
    ChangeKind.BASIS: "The basis changes",
    ChangeKind.MASKING: "Masking changes",
}

AWAITS: Final[Mapping[Await, str]] = {
    Await.FINDING: "a person at the custodian finds the exception met",
    Await.LEGAL_PROCESS: "a person at the custodian verifies the process",
    Await.REVIEW: "a person at the custodian releases it",
    Await.SECOND_REVIEW: "a second person there releases the same",
}


def sentence(found: Changed) -> str:
    """One change as a sentence that stands for itself."""
    head = HEADS[found.change.kind]
    return f"{head}: {_what(found)}: {_how(found.change)}."


def changed_json(found: Changed) -> dict[str, Json]:
    """One change with every value a program needs; `where` lists only dimensions that matter."""
    change = found.change
    return {
        "kind": change.kind.value,
        "text": sentence(found),
        "asked": [level.word for level in change.asked],
        "before": _told_json(change.before),
        "after": _told_json(change.after),
        "duties_gained": [duty_said(duty) for duty in sorted(change.gained, key=duty_said)],
        "duties_lost": [duty_said(duty) for duty in sorted(change.lost, key=duty_said)],
        "basis_before": _word(change.bases[0]),
        "basis_after": _word(change.bases[1]),
        "masked": change.masked,
        "where": plain(found.box),
        "except": [plain(box) for box in found.without],
        "request": request_json(found.request) if found.request else None,
    }


def awaits_said(awaits: Iterable[Await]) -> str:
    return all_of(AWAITS[each] for each in awaits)


def where_said(box: Box, without: Iterable[Box] = ()) -> list[str]:
    """Everything a box limits but who, whom, what and when."""
    return [*scope_said(box), *case_said(box), *evidence_said(box), *unless_said(without)]


def _what(found: Changed) -> str:
    box = found.box
    requester, custodian, category = (map(str, box[name]) for name in (REQUESTER, CUSTODIAN, CATEGORY))
    pair = f"{one_of(category)} held by {one_of(custodian)} to {one_of(requester)}"
    said = [pair, *where_said(box, found.without)]
    return f"{', '.join(said)}, {periods_said(periods_of(box[PERIOD]))}"


def _how(change: Change) -> str:
    match change.kind:
        case ChangeKind.RELEASED | ChangeKind.REFUSED:
            return _opened(change)
        case ChangeKind.WIDENED | ChangeKind.NARROWED:
            return f"{_amount(change.before)} becomes {_amount(change.after)}{_asked(change.asked)}"
        case ChangeKind.DUTIES:
            return _duties(change)
        case ChangeKind.BASIS:
            before, after = change.bases
            return f"{before} becomes {after}{_asked(change.asked)}"
        case ChangeKind.MASKING:
            if change.masked:
                return "a refusal can no longer be told from nothing held"
            return "a refusal is told as a refusal"


def _opened(change: Change) -> str:
    told = change.after or change.before
    basis = next(basis for basis in change.bases if basis)
    tense = "nothing before, now" if change.before is None else "nothing now, before"
    duties = change.gained | change.lost
    owed = f", with the duties {duties_said(duties)}" if duties else ""
    return f"{tense} {_amount(told)} by {basis}{owed}{_asked(change.asked)}"


def _amount(told: Told | None) -> str:
    if told is None:
        return "nothing"
    waits = f" once {awaits_said(told.awaits)}" if told.awaits else ""
    return f"{level_said(told.level, told.fields)}{waits}"


def _duties(change: Change) -> str:
    more = [f"now also {duties_said(change.gained)}"] if change.gained else []
    less = [f"no longer {duties_said(change.lost)}"] if change.lost else []
    return f"{', '.join([*more, *less])}{_asked(change.asked)}"


def _asked(levels: tuple[Level, ...]) -> str:
    """Nothing where any level may be asked for."""
    if len(levels) == len(Level):
        return ""
    return f", asked for {one_of(level.word for level in levels)}"


def _word(basis: BasisKind | None) -> Json:
    return None if basis is None else basis.value


def _told_json(told: Told | None) -> Json:
    if told is None:
        return None
    return {
        "level": told.level.word,
        "fields": [*sorted(told.fields)],
        "awaits": [*sorted(each.value for each in told.awaits)],
    }
