"""What a witness does with a checkpoint (c2sp.org/tlog-witness, `add-checkpoint`).

It cosigns a ledger that only grew. A ledger taken back is told the size that is known, a ledger rewritten is
refused and the evidence kept, and two heads of one size raise an alarm: they are proof by themselves.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from audit.checkpoint import Checkpoint, NoteError, NoteKey, open_note, split_note
from audit.cosignature import Cosigner
from audit.encoding import MalformedError, base64_bytes, base64_text
from audit.merkle import HASH_SIZE, verify_consistency
from audit.witness_memory import Evidence, MemoryFault, Misdeed, WitnessMemory

SIZE_TYPE = "text/x.tlog.size"
MAX_PROOF = 63  # lines
MAX_BODY = 1 << 18  # bytes

Clock: TypeAlias = Callable[[], int]
"""POSIX seconds."""

_TEXT = "text/plain; charset=utf-8"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint sent to a witness: `old` is the size it is said to know, `proof` leads from there."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def body(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old}", *(base64_text(value) for value in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.note).encode()

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """From the body of a request. Raises `MalformedError`."""
        try:
            head, blank, note = body.decode("utf-8").partition("\n\n")
        except UnicodeDecodeError:
            raise MalformedError("body: not UTF-8") from None
        first, *hashes = head.split("\n")
        found = _OLD.fullmatch(first)
        if found is None or not blank:
            raise MalformedError("body: not an old size, proof lines, an empty line and a checkpoint")
        if len(hashes) > MAX_PROOF:
            raise MalformedError("body: more than 63 proof lines")
        return cls(int(found[1]), tuple(base64_bytes(line, "proof", HASH_SIZE) for line in hashes), note)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request; `alarm` is for the witness's operator, not for the sender."""

    status: int
    body: str
    content_type: str = _TEXT
    alarm: str | None = None


class Witness:
    """Cosigns the ledgers whose keys it was given."""

    def __init__(
        self, cosigners: Sequence[Cosigner], logs: Sequence[NoteKey], memory: WitnessMemory, clock: Clock
    ) -> None:
        self._cosigners = cosigners
        self._logs = logs
        self._memory = memory
        self._clock = clock
        self._turn = Lock()

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer one submission."""
        try:
            sent = Submission.parse(body)
            text, _ = split_note(sent.note)
            checkpoint = Checkpoint.parse(text)
        except (MalformedError, NoteError) as fault:
            return Reply(400, f"{fault}\n")
        keys = [key for key in self._logs if key.name == checkpoint.origin]
        if not keys:
            return Reply(404, "the origin is not of a ledger known here\n")
        try:
            open_note(sent.note, keys)
        except NoteError as fault:
            return Reply(403, f"{fault}\n")
        if sent.old > checkpoint.size:
            return Reply(400, "old: larger than the checkpoint\n")
        with self._turn:
            try:
                return self._weigh(sent, text, checkpoint)
            except (OSError, MemoryFault) as fault:
                return Reply(500, "the witness cannot remember\n", alarm=f"memory: {type(fault).__name__}")

    def _weigh(self, sent: Submission, text: str, checkpoint: Checkpoint) -> Reply:
        head, note = self._memory.head(checkpoint.origin)
        known = f"{head.size}\n"
        if checkpoint.size == head.size and checkpoint.root != head.root:
            alarm = self._found(Misdeed.TWO_HEADS, sent, checkpoint.origin, note)
            return Reply(409, known, SIZE_TYPE, alarm)
        if sent.old != head.size:
            return Reply(409, known, SIZE_TYPE)
        if not verify_consistency(head.size, checkpoint.size, head.root, checkpoint.root, sent.proof):
            alarm = self._found(Misdeed.UNPROVEN, sent, checkpoint.origin, note)
            return Reply(422, "the consistency proof does not verify\n", alarm=alarm)
        self._memory.keep_head(checkpoint, sent.note)
        at = self._clock()
        return Reply(200, "".join(cosigner.line(text, at) for cosigner in self._cosigners))

    def _found(self, misdeed: Misdeed, sent: Submission, origin: str, known: str) -> str:
        evidence = Evidence(misdeed, origin, known, sent.note, sent.old, sent.proof, self._clock())
        told = "evidence kept" if self._memory.keep_evidence(evidence) else "evidence kept before"
        return f"{misdeed.value}: {told}"
