"""Proofs that an entry is in the ledger: those the ledger issues, and those somebody shows a verifier."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass

from audit.encoding import Json, MalformedError, base64_bytes, base64_text, natural
from audit.merkle import HASH_SIZE

_ISSUER = object()  # held by audit.ledger alone: that a Receipt exists means that its entry is committed
_KEYS = frozenset({"index", "leaf_hash", "inclusion_proof", "checkpoint"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof handed with an answer that its entry is durably in the ledger. Only the ledger makes one.

    `leaf_hash` (32 bytes) stands at `index` of the tree whose signed note is `checkpoint`; `commitment`
    (32 bytes) is that of the entry recorded.
    """

    issuer: InitVar[object]
    index: int
    leaf_hash: bytes
    commitment: bytes
    inclusion_proof: tuple[bytes, ...]
    checkpoint: str

    def __post_init__(self, issuer: object) -> None:
        if issuer is not _ISSUER:
            raise TypeError("a receipt is made by the ledger only")

    def under(self, proof: "EntryProof") -> "Receipt":
        """The receipt of the same entry under the checkpoint of another tree that holds it.

        Raises `ValueError` for the proof of another entry, or one that no checkpoint covers.
        """
        if (proof.index, proof.leaf_hash) != (self.index, self.leaf_hash) or proof.checkpoint is None:
            raise ValueError("proof: of another entry, or under no checkpoint")
        path, note = proof.inclusion_proof, proof.checkpoint
        return Receipt(_ISSUER, self.index, self.leaf_hash, self.commitment, path, note)

    def to_json(self) -> dict[str, Json]:
        """The receipt as an answer carries it."""
        return _to_json(self.index, self.leaf_hash, self.inclusion_proof, self.checkpoint)


@dataclass(frozen=True, slots=True)
class EntryProof:
    """One entry of the ledger with its proof in the tree of `size`; `checkpoint` where one of that size was
    signed.
    """

    index: int
    leaf: bytes
    leaf_hash: bytes
    inclusion_proof: tuple[bytes, ...]
    size: int
    checkpoint: str | None

    def to_json(self) -> dict[str, Json]:
        """The shape of a receipt, with `leaf` and `size` added."""
        shape = _to_json(self.index, self.leaf_hash, self.inclusion_proof, self.checkpoint)
        return shape | {"leaf": base64_text(self.leaf), "size": self.size}


@dataclass(frozen=True, slots=True)
class ShownReceipt:
    """A receipt as somebody shows it: well formed, and nothing about it believed."""

    index: int
    leaf_hash: bytes
    inclusion_proof: tuple[bytes, ...]
    checkpoint: str

    @classmethod
    def parse(cls, shape: Mapping[str, Json]) -> "ShownReceipt":
        """From the JSON of `Receipt.to_json`, with exactly its keys. Raises `MalformedError`."""
        if shape.keys() != _KEYS:
            raise MalformedError("receipt: keys other than index, leaf_hash, inclusion_proof, checkpoint")
        proof, checkpoint = shape["inclusion_proof"], shape["checkpoint"]
        if not isinstance(proof, list) or not isinstance(checkpoint, str):
            raise MalformedError("receipt: inclusion_proof not a list, or checkpoint not text")
        return cls(
            natural(shape["index"], "receipt index"),
            base64_bytes(shape["leaf_hash"], "receipt leaf_hash", HASH_SIZE),
            tuple(base64_bytes(value, "receipt inclusion_proof", HASH_SIZE) for value in proof),
            checkpoint,
        )


def _to_json(
    index: int, leaf_hash: bytes, proof: tuple[bytes, ...], checkpoint: str | None
) -> dict[str, Json]:
    return {
        "index": index,
        "leaf_hash": base64_text(leaf_hash),
        "inclusion_proof": [base64_text(value) for value in proof],
        "checkpoint": checkpoint,
    }
