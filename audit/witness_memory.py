"""What a witness keeps in its folder: its keys, the last head it cosigned of each ledger, and evidence.

key                 the cosigner's private keys, readable by their owner alone
heads/<hash>        the last note cosigned of the ledger whose origin has this SHA-256
evidence/<hash>     what a ledger signed and ought not to have: JSON, one file for each such note
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from audit.checkpoint import Checkpoint, NoteError, check_name, split_note
from audit.cosignature import SEED_SIZE, Algorithm, Cosigner
from audit.durable import write_durably
from audit.encoding import Json, MalformedError, base64_bytes, base64_text, json_object
from audit.merkle import EMPTY_ROOT

MAX_EVIDENCE = 1000  # files; beyond them the ledger has been found out often enough

_KEY = "key"


class MemoryFault(Exception):  # noqa: N818 -- named for the state it finds
    """The witness's folder does not hold what it must. Nothing may be cosigned."""


class Misdeed(Enum):
    """What a ledger was found to have signed."""

    TWO_HEADS = "two-heads"
    """Two trees of one size: proof, whoever shows it."""
    UNPROVEN = "unproven"
    """A larger tree that was not shown to hold the smaller one: the sender may have lacked the proof."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two notes signed by one ledger: the one cosigned before, and the one refused, with the proof sent."""

    misdeed: Misdeed
    origin: str
    cosigned: str
    refused: str
    old: int
    proof: tuple[bytes, ...]
    at: int

    def to_json(self) -> dict[str, Json]:
        """The evidence as it is kept."""
        return {
            "misdeed": self.misdeed.value,
            "origin": self.origin,
            "cosigned": self.cosigned,
            "refused": self.refused,
            "old_size": self.old,
            "consistency_proof": [base64_text(value) for value in self.proof],
            "at": self.at,
        }


class WitnessMemory:
    """One witness's folder. One process at a time may hold it (`durable.held_alone`)."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder where it is missing. Raises `OSError`."""
        self._folder = folder
        self._heads, self._evidence = folder / "heads", folder / "evidence"
        for each in (self._heads, self._evidence):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)

    def cosigners(self, name: str | None, *, ml_dsa: bool) -> tuple[Cosigner, ...]:
        """The Ed25519 cosigner, and the ML-DSA-44 one where wanted; keys that are missing are made.

        Raises `MemoryFault` without a name for a new witness, or with another than it has.
        """
        kept = self._read_keys()
        known = kept.get("name", name)
        if not isinstance(known, str) or (name is not None and known != name):
            raise MemoryFault("name: missing for a new witness, or not the one it has")
        wanted = [Algorithm.ED25519, *([Algorithm.ML_DSA_44] if ml_dsa else [])]
        made = {each.name: base64_text(token_bytes(SEED_SIZE)) for each in wanted if each.name not in kept}
        keys = {**kept, "name": known, **made}
        try:
            check_name(known)
            seeds = [base64_bytes(keys[each.name], "key", SEED_SIZE) for each in wanted]
        except (NoteError, MalformedError) as fault:
            raise MemoryFault(f"{_KEY}: {fault}") from None
        if made:
            write_durably(self._folder / _KEY, json.dumps(keys).encode())
        return tuple(Cosigner(known, each, seed) for each, seed in zip(wanted, seeds, strict=True))

    def _read_keys(self) -> dict[str, Json]:
        try:
            return json_object((self._folder / _KEY).read_bytes(), _KEY)
        except FileNotFoundError:
            return {}
        except MalformedError as fault:
            raise MemoryFault(str(fault)) from None

    def head(self, origin: str) -> tuple[Checkpoint, str]:
        """The last head cosigned and its note; the empty tree and no note before the first.

        Raises `MemoryFault` when what stands there is not a checkpoint of that ledger.
        """
        try:
            note = self._head_of(origin).read_bytes().decode("utf-8")
        except FileNotFoundError:
            return Checkpoint(origin, 0, EMPTY_ROOT), ""
        except UnicodeDecodeError:
            raise MemoryFault("heads: not text") from None
        try:
            head = Checkpoint.parse(split_note(note)[0])
        except NoteError as fault:
            raise MemoryFault(f"heads: {fault}") from None
        if head.origin != origin:
            raise MemoryFault("heads: of another ledger than its file is named for")
        return head, note

    def keep_head(self, checkpoint: Checkpoint, note: str) -> None:
        """Remember a head; it is on the disk when this returns. Raises `OSError`."""
        write_durably(self._head_of(checkpoint.origin), note.encode())

    def keep_evidence(self, evidence: Evidence) -> bool:
        """Keep evidence, once for each note refused; whether it is new. Raises `OSError`."""
        text = split_note(evidence.refused)[0]
        path = self._evidence / f"{sha256(text.encode()).hexdigest()}.json"
        if path.exists() or sum(1 for _ in self._evidence.iterdir()) >= MAX_EVIDENCE:
            return False
        write_durably(path, json.dumps(evidence.to_json(), indent=1, ensure_ascii=False).encode())
        return True

    def evidence(self) -> Iterator[dict[str, Json]]:
        """All evidence kept. Raises `MemoryFault`."""
        for path in sorted(self._evidence.glob("*.json")):
            try:
                yield json_object(path.read_bytes(), path.name)
            except MalformedError as fault:
                raise MemoryFault(str(fault)) from None

    def _head_of(self, origin: str) -> Path:
        return self._heads / sha256(origin.encode()).hexdigest()
