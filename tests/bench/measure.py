"""Precision, recall and F1 of look-ups, and thresholds chosen where nothing is reported."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Answer:
    """What one look-up named: the best candidate's score, whether it was meant, and whether anybody was."""

    score: float
    right: bool
    held: bool
    reported: bool


@dataclass(frozen=True, slots=True)
class Figures:
    precision: float
    recall: float
    false_hits: float
    """Share of look-ups of people not held that named somebody; 0 where there were none."""

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def figures(answers: Iterable[Answer], threshold: float) -> Figures:
    """Of answers that name their candidate from this score up."""
    each = list(answers)
    named = [answer for answer in each if answer.score >= threshold]
    right = sum(answer.right for answer in named)
    held = sum(answer.held for answer in each)
    strangers = len(each) - held
    false = sum(not answer.held for answer in named)
    return Figures(
        right / len(named) if named else 1.0,
        right / held if held else 0.0,
        false / strangers if strangers else 0.0,
    )


def best_threshold(answers: Sequence[Answer]) -> float:
    """The score of one of these answers at which their F1 is highest."""
    scores = sorted({answer.score for answer in answers if answer.score > 0})
    step = max(1, len(scores) // 200)
    return max(scores[::step], key=lambda score: figures(answers, score).f1)


def cautious_threshold(answers: Iterable[Answer], false_hits: float) -> float:
    """The lowest score from which at most this share of these look-ups of people not held names somebody."""
    scores = sorted((answer.score for answer in answers if not answer.held), reverse=True)
    return math.nextafter(scores[int(len(scores) * false_hits)], math.inf)


def calibration(
    answers: Iterable[Answer], edges: Sequence[float]
) -> list[tuple[float, float, int, float, float]]:
    """For each band of scores: its edges, how many answers, their mean score, and the share that is right."""
    each = list(answers)
    bands = []
    for low, high in pairwise(edges):
        band = [answer for answer in each if low <= answer.score < high]
        if band:
            mean = sum(answer.score for answer in band) / len(band)
            bands.append((low, high, len(band), mean, sum(answer.right for answer in band) / len(band)))
    return bands
