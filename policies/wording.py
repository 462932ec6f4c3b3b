"""Sets of requests in words: each limited dimension of a box as a phrase, the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from agreements.agreement import Obligation
from agreements.document import Json
from agreements.terms import Level
from policies.brought import AGE, CONSENT, EXCEPTION, FORM, NONE, OLDEST, PROCESS, UNKNOWN_AGE
from policies.cells import ACT, CONTACT, PURPOSE, ROLE, SUBJECT, Period
from policies.guards import BLINDED, CONCERN, DAYS, ENDLESS, FLAG, INVITED, OFF_SCALE, UNKNOWN_DAYS
from policies.regions import Box, Values

REQUESTER, CUSTODIAN, CATEGORY, PERIOD = "requester", "custodian", "category", "period"

CASE: Final = (CONCERN, DAYS, BLINDED)
EVIDENCE: Final = (FORM, AGE, CONSENT, EXCEPTION, PROCESS)

_ACTS: Final = {"ask": "asked for", "tell": "told unasked"}


def one_of(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`, in order."""
    *most, last = sorted(words)
    return f"{', '.join(most)} or {last}" if most else last


def all_of(words: Iterable[str]) -> str:
    *most, last = sorted(words)
    return f"{', '.join(most)} and {last}" if most else last


def case_said(box: Box) -> list[str]:
    """What a box asks of the case; empty where any case will do."""
    said = [_concern(box[CONCERN])] if CONCERN in box else []
    for name, values in sorted(box.items()):
        if name.startswith(FLAG):
            said.append(f"{'with' if True in values else 'without'} the flag {name.removeprefix(FLAG)}")
        elif name.startswith(INVITED):
            said.append(f"{'' if True in values else 'not '}invited by a {name.removeprefix(INVITED)}")
    if BLINDED in box:
        kept = True in box[BLINDED]
        said.append(f"the person {'kept' if kept else 'not kept'} from the case's context")
    if DAYS in box:
        said.append(one_of(_days(days) for days in box[DAYS] if isinstance(days, tuple)))
    return said


def evidence_said(box: Box) -> list[str]:
    """What a box asks to be brought; empty where it makes no difference."""
    said = []
    for name, phrase in _EVIDENCE.items():
        if name in box:
            said.append(phrase(box[name]))
    return said


def scope_said(box: Box) -> list[str]:
    """About whom, what for, by whom and how."""
    said = []
    for name, lead in ((SUBJECT, "about a "), (PURPOSE, "for "), (ROLE, "by a ")):
        if name in box:
            said.append(
                f"{lead}{one_of(map(str, box[name]))}".replace(
                    "about a general", "about nobody in particular"
                )
            )
    if ACT in box:
        said.append(one_of(_ACTS[str(act)] for act in box[ACT]))
    if CONTACT in box:
        said.append("by a named contact" if True in box[CONTACT] else "by somebody who is no named contact")
    return said


def unless_said(without: Iterable[Box]) -> list[str]:
    """What is left out, where that is shorter to say than what is left."""
    return [f"unless {all_of([*case_said(box), *evidence_said(box)])}" for box in without]


def duties_said(duties: Iterable[Obligation]) -> str:
    return all_of(duty_said(duty) for duty in duties)


def duty_said(duty: Obligation) -> str:
    """The code with its time, places and parties."""
    parts = [duty.code.value]
    if duty.within is not None:
        parts.append(f"within {duty.within}")
    for lead, tokens in (("in", duty.places), ("never in", duty.never_in), ("of", duty.whom)):
        if tokens:
            parts.append(f"{lead} {all_of(tokens)}")
    return " ".join(parts)


def level_said(level: Level, fields: Iterable[str]) -> str:
    if level is not Level.RECORD:
        return level.word
    named = sorted(fields)
    return f"record ({', '.join(named)})" if named else "record (no fields)"


def periods_said(periods: Iterable[Period]) -> str:
    """Stretches of time that follow one another are one."""
    return " and ".join(_stretch(start, end) for start, end in joined(periods))


def periods_of(values: Values) -> list[Period]:
    """The values of the dimension of periods."""
    return [value for value in values if isinstance(value, Period)]


def joined(periods: Iterable[Period]) -> Iterator[tuple[datetime, datetime | None]]:
    """The same time in as few stretches as there are."""
    start: datetime | None = None
    end: datetime | None = None
    for period in sorted(periods, key=lambda each: each.start):
        if start is not None and end == period.start:
            end = period.end
            continue
        if start is not None:
            yield start, end
        start, end = period
    if start is not None:
        yield start, end


def instant_said(instant: datetime) -> str:
    """A date where it is midnight in UTC, else the instant."""
    text = instant.isoformat().replace("+00:00", "Z")
    return text.removesuffix("T00:00:00Z")


def _stretch(start: datetime, end: datetime | None) -> str:
    return f"from {instant_said(start)}" + (f" until {instant_said(end)}" if end else " on")


def _concern(values: Values) -> str:
    words = [str(word) for word in values if word != OFF_SCALE]
    off = ["on no scale"] if OFF_SCALE in values else []
    return f"at concern {one_of([*words, *off])}"


def _days(days: tuple[int, ...]) -> str:
    if days == UNKNOWN_DAYS:
        return "when the case was opened is not known"
    if days[1] == ENDLESS:
        return f"{days[0]} or more working days after the case was opened"
    return f"{days[0]} to {days[1]} working days after the case was opened"


def _consent(values: Values) -> str:
    if values == {NONE}:
        return "without a consent that counts"
    words = [f"consent of the {word}" for word in map(str, values) if word != NONE]
    return one_of([*words, *(["no consent that counts"] if NONE in values else [])])


def _form(values: Values) -> str:
    """Which forms that laws ask for a consent has."""
    kinds = [all_of(kind) if kind else "no law asks for" for kind in values if isinstance(kind, frozenset)]
    return f"written as {one_of(kinds)}"


def _age(values: Values) -> str:
    words = []
    for age in values:
        if age == UNKNOWN_AGE:
            words.append("unknown")
        elif isinstance(age, tuple):
            words.append(f"{age[0]} or over" if age[1] == OLDEST else f"{age[0]} to {age[1]}")
    return f"age {one_of(words)}"


def _named_or_not(what: str) -> Callable[[Values], str]:
    def phrase(values: Values) -> str:
        if values == {NONE}:
            return f"without {what}"
        words = [str(word) for word in values if word != NONE]
        return f"{what} {one_of(words)}" + (" or none" if NONE in values else "")

    return phrase


_EVIDENCE: Final[Mapping[str, Callable[[Values], str]]] = {
    CONSENT: _consent,
    FORM: _form,
    AGE: _age,
    EXCEPTION: _named_or_not("exception"),
    PROCESS: _named_or_not("legal process"),
}


def plain(box: Box) -> dict[str, Json]:
    """A box as JSON: each limited dimension with its values in order, as words."""
    return {name: _words(name, values) for name, values in sorted(box.items())}


def _words(name: str, values: Values) -> Json:
    if name == PERIOD:
        return [_stretch(start, end) for start, end in joined(periods_of(values))]
    if values <= {True, False}:
        return [value for value in (False, True) if value in values]
    return [*sorted(_word(name, value) for value in values)]


def _word(name: str, value: Hashable) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or NONE
    if isinstance(value, tuple):
        return _age(frozenset({value})).removeprefix("age ") if name == AGE else _days(value)
    return str(value)
