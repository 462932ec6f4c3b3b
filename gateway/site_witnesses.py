"""The part of `site.yaml` that names the witnesses of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agreements.form import Complaint, list_of
from agreements.record import Key, optional, record, required
from agreements.scalar import boolean, integer, text
from audit.checkpoint import NoteError
from audit.cosignature import CosignerKey

MOST: Final = 32


@dataclass(frozen=True, slots=True)
class WitnessAt:
    """One witness: its verifier key, and the URL below which it takes checkpoints."""

    vkey: str
    url: str

    @property
    def key(self) -> CosignerKey:
        return CosignerKey.parse(self.vkey)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who cosigns the ledger, how many must have before an answer is released, and for how long one waits.

    `wait` is in seconds. `ml_dsa`: whether the ledger's own checkpoints bear an ML-DSA-44 line too.
    """

    each: tuple[WitnessAt, ...] = ()
    quorum: int = 0
    wait: int = 5
    ml_dsa: bool = False

    @classmethod
    def of(cls, site: dict[str, Any]) -> Witnesses:
        """From the values of `KEYS`, taken out of those of the site."""
        return cls(
            site.pop("witnesses"), site.pop("witness_quorum"), site.pop("witness_wait"), site.pop("ml_dsa")
        )

    def complaints(self) -> Iterable[Complaint]:
        """What does not go together."""
        if self.quorum > len(self.each):
            yield Complaint(("witness_quorum",), "at most the number of witnesses")


def _is_key(witness: WitnessAt) -> Iterable[Complaint]:
    try:
        CosignerKey.parse(witness.vkey)
    except NoteError:
        yield Complaint(("vkey",), "a verifier key as `python -m audit.witness` prints it")


def _differ(witnesses: tuple[WitnessAt, ...]) -> Iterable[Complaint]:
    seen: set[str] = set()
    for number, witness in enumerate(witnesses):
        # By the public key alone: one witness under two names would count as two.
        public = witness.vkey.rpartition("+")[2]
        if public in seen:
            yield Complaint((number, "vkey"), "each witness once")
        seen.add(public)


_WITNESS: Final = record(
    WitnessAt,
    {
        "vkey": required(text(maximum=4096), "verifier key of the witness"),
        "url": required(
            text(
                maximum=2048,
                pattern=r"https?://[^?#\s]+",
                expected="an http(s) URL without query or fragment",
            ),
            "where it takes checkpoints",
        ),
    },
).also(_is_key)

KEYS: Final[Mapping[str, Key]] = {
    "witnesses": optional(list_of(_WITNESS, maximum=MOST).also(_differ), (), "who cosigns the ledger"),
    "witness_quorum": optional(
        integer(0, MOST), 0, "how many must have cosigned before an answer is released"
    ),
    "witness_wait": optional(integer(1, 60), 5, "seconds an answer waits for its cosignatures"),
    "ml_dsa": optional(boolean(), default=False, about="sign checkpoints with ML-DSA-44 too"),
}
