"""How well people are found, beside Splink on the same fields in the same run, and how long it takes.

Run it with `python -m tests.bench matching`; `docs/matching.md` says what the rows mean.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import Any, Final

from adapters.evidence import RELEASE
from adapters.index import IdentityIndex
from adapters.matching import likeliest
from adapters.partner import Lookup, Match, Unclear
from adapters.weights import ADDRESS, BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, IDENTIFIERS
from agreements.subject import PersonIdentity, Subject
from tests.bench import environment
from tests.bench.county import lookups
from tests.bench.lookups import Lookups, febrl
from tests.bench.measure import Answer, best_threshold, calibration, cautious_threshold, figures

SEED: Final = 7
ASKED: Final = 2_500
"""Generated look-ups of people held, and as many of people not held."""

HELD: Final = (20_000, 100_000)
SINGLE: Final = 5
"""Look-ups put to Splink one at a time."""

CAUTION: Final = 0.002
"""The share of false hits among 20,000 held that the cautious thresholds allow."""

SOME: Final = 1e-9
"""The score from which an answer says anything at all."""

_EDGES: Final = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.1)


@dataclass(frozen=True, slots=True)
class Run:
    """Both systems' answers to one set of look-ups."""

    ranked: Sequence[Answer]
    """The gateway's best candidate by score alone, without its rules."""

    shown: Sequence[Answer]
    """What the gateway answers: at `RELEASE` and above only what it releases, 0 where it finds nobody."""

    splink: Sequence[Answer]
    seconds: Mapping[str, Sequence[float]]
    """By system, of each look-up put alone."""


def main() -> None:
    """Print the tables."""
    for line in report():
        print(line, flush=True)  # noqa: T201 - a benchmark's answer is what it prints


def report() -> Iterator[str]:
    yield "Matching people: every row is of look-ups from which neither weights nor thresholds were learnt."
    yield _row("look-ups", "fields", "system", "from score", "precision", "recall", "F1", "false hits")
    seen: list[Answer] = []
    known, trial = febrl(), lookups(HELD[0], ASKED, seed=SEED, reported=False)
    generated = [lookups(held, ASKED, seed=SEED + held, reported=True) for held in HELD]
    for postcode, fields in ((False, "name, birth date"), (True, "name, birth date, postcode")):
        chosen_on = _run(trial, postcode=postcode)
        for each in (*known, *generated):
            run = _run(each, postcode=postcode)
            yield from _rows(each.name, fields, run, run if each in known else chosen_on, chosen_on)
            seen += [answer for answer in run.shown if answer.reported]
    yield from _calibration(seen)
    yield from _weights()


def _run(wanted: Lookups, *, postcode: bool) -> Run:
    narrowed = wanted.with_fields(postcode=postcode)
    ranked, shown, seconds = ask_us(narrowed)
    splink, single = ask_splink(narrowed, postcode=postcode)
    return Run(ranked, shown, splink, {"gateway": seconds, "splink": single})


def ask_us(wanted: Lookups) -> tuple[list[Answer], list[Answer], list[float]]:
    """Look everybody up in an index of the held people."""
    index = IdentityIndex(wanted.held)
    ranked, shown, seconds = [], [], []
    for each in wanted.asked:
        subject = Subject(each.person)
        started = time.perf_counter()
        found = index.find(subject)
        seconds.append(time.perf_counter() - started)
        position, score = likeliest(subject, index.candidates(subject)) or (None, 0.0)
        answer = Answer(score, position == each.truth, each.truth is not None, each.reported)
        ranked.append(answer)
        shown.append(replace(answer, score=_shown(found, score)))
    return ranked, shown, seconds


def _shown(found: Lookup, score: float) -> float:
    if isinstance(found, Match):
        return score
    return min(score, RELEASE - 1e-9) if isinstance(found, Unclear) else 0.0


def ask_splink(wanted: Lookups, *, postcode: bool) -> tuple[list[Answer], list[float]]:
    """Link the same look-ups with Splink, trained on these records as its guide says; best candidate each."""
    people = zip(wanted.held, wanted.held_birth_texts, strict=True)
    held = [_row_of(person, text, number) for number, (person, text) in enumerate(people)]
    asked = [_row_of(each.person, each.birth_text, number) for number, each in enumerate(wanted.asked)]
    question = {"held": held, "asked": asked, "postcode": postcode, "single": SINGLE}
    answer = environment.run("splink_links.py", question)
    best: dict[int, tuple[float, int]] = {}
    for number, position, score in answer["pairs"]:
        best[number] = max(best.get(number, (0.0, -1)), (score, position))
    ranked = []
    for number, each in enumerate(wanted.asked):
        score, position = best.get(number, (0.0, -1))
        ranked.append(Answer(score, position == each.truth, each.truth is not None, each.reported))
    return ranked, answer["single"]


def _row_of(person: PersonIdentity, birth_text: str, number: int) -> dict[str, Any]:
    code = person.address.postal_code if person.address else ""
    text = {
        "given_name": person.given_name,
        "surname": person.family_name,
        "birth": birth_text,
        "postcode": code,
    }
    return {"unique_id": number, **{key: value.lower() or None for key, value in text.items()}}


def _rows(name: str, fields: str, run: Run, tuned: Run, trial: Run) -> Iterator[str]:
    """The figures; thresholds are chosen on the unreported look-ups of `tuned`, or of the `trial` county."""
    ours, theirs = (
        best_threshold([a for a in each if not a.reported]) for each in (tuned.ranked, tuned.splink)
    )
    rows = (
        ("gateway, as a linker", ours, run.ranked),
        ("gateway, 0.2 % false hits", cautious_threshold(trial.ranked, CAUTION), run.ranked),
        ("gateway, found or unclear", SOME, run.shown),
        ("gateway, found (released)", RELEASE, run.shown),
        ("splink", theirs, run.splink),
        ("splink, best threshold here", best_threshold([a for a in run.splink if a.reported]), run.splink),
        ("splink, 0.2 % false hits", cautious_threshold(trial.splink, CAUTION), run.splink),
        ("splink, from 0.9", RELEASE, run.splink),
    )
    for system, cut, answers in rows:
        got = figures((answer for answer in answers if answer.reported), cut)
        yield _row(name, fields, system, cut, got.precision, got.recall, got.f1, got.false_hits)
    for system, each in run.seconds.items():
        seconds = sorted(each)
        median, slow = statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
        yield f"{name}: one look-up of {system} takes {median * 1e3:.2f} ms, p95 {slow * 1e3:.2f} ms"


def _calibration(answers: Sequence[Answer]) -> Iterator[str]:
    yield "Calibration of the gateway's score over all of these look-ups:"
    for low, high, count, mean, right in calibration(answers, _EDGES):
        band = f"{low:.3f} to {min(high, 1):.3f}"
        yield f"  {band}: {count:>6} answers, mean score {mean:.4f}, right {right:.4f}"


def _weights() -> Iterator[str]:
    yield "Weights: share among records of one person, among those of two people, and bits"
    tables = {"family name": FAMILY_NAME, "given name": GIVEN_NAME, "birth date": BIRTH_DATE}
    for field, shares in (*tables.items(), ("address", ADDRESS), ("identifiers", IDENTIFIERS)):
        for outcome, (same, apart) in shares.items():
            yield f"  {field:<12} {outcome:<18} {same:>9.3g} {apart:>9.3g} {log2(same / apart):>+7.1f}"


def _row(*cells: object) -> str:
    first, second, third, *rest = (f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in cells)
    return f"{first:<24} {second:<27} {third:<30} " + " ".join(f"{cell:>10}" for cell in rest)
