"""The offline receipt as a file (c2sp.org/tlog-proof): a checkpoint, an index and an inclusion proof.

The extra data is the leaf itself, so that the file needs nothing beside it but the keys one trusts.
"""

import re
from dataclasses import dataclass, field

from audit.encoding import MalformedError, base64_bytes, base64_text
from audit.merkle import HASH_SIZE, leaf_hash
from audit.receipt import EntryProof, ShownReceipt

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class ProofFile:
    """One proof: `extra` is opaque and not vouched for by anybody; None where the file has none."""

    index: int
    inclusion_proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = field(default=None)

    @classmethod
    def of(cls, proof: EntryProof) -> "ProofFile":
        """The proof of an entry under its checkpoint. Raises `MalformedError` where none covers it."""
        if proof.checkpoint is None:
            raise MalformedError("proof: no checkpoint covers the entry")
        return cls(proof.index, proof.inclusion_proof, proof.checkpoint, proof.leaf)

    @classmethod
    def parse(cls, text: str) -> "ProofFile":
        """From the text of a file. Raises `MalformedError`."""
        head, blank, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if lines[0] != HEADER or not blank:
            raise MalformedError("proof: not a tlog-proof of version 1")
        del lines[0]
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = base64_bytes(lines.pop(0)[len("extra ") :], "proof extra")
        found = _INDEX.fullmatch(lines[0]) if lines else None
        if found is None:
            raise MalformedError("proof: no index line where it must stand")
        if len(lines) - 1 > _MOST_HASHES:
            raise MalformedError("proof: more hashes than a tree has levels")
        hashes = tuple(base64_bytes(line, "proof hash", HASH_SIZE) for line in lines[1:])
        return cls(int(found[1]), hashes, checkpoint, extra)

    @property
    def text(self) -> str:
        """The text of the file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64_text(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [base64_text(value) for value in self.inclusion_proof]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    def shown(self) -> ShownReceipt:
        """The receipt it is, for the leaf in its extra data. Raises `MalformedError` without one."""
        if self.extra is None:
            raise MalformedError("proof: its extra line, which has the leaf, is missing")
        return ShownReceipt(self.index, leaf_hash(self.extra), self.inclusion_proof, self.checkpoint)
