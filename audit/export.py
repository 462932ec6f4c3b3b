"""The ledger as one file to hand over: JSON Lines, written and read as a stream.

A header `{"format", "origin", "vkey", "size"}`; a line `{"index", "leaf"}` for each leaf in order, with
`salt` and `payload` (the canonical JSON that was committed to, as text) where the reader is entitled to it;
then `{"checkpoint"}` lines.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from audit.encoding import (
    Json,
    MalformedError,
    base64_bytes,
    base64_text,
    canonical_json,
    json_object,
    natural,
)
from audit.record import SALT_SIZE

FORMAT = "partner-gateway-ledger/1"
MAX_LINE = 4 << 20  # bytes


@dataclass(frozen=True, slots=True)
class ExportedLeaf:
    """A leaf and, where it was opened, its salt and payload."""

    index: int
    leaf: bytes
    opened: tuple[bytes, bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ExportHeader:
    """Whose ledger it is, the verifier key it claims, and how many leaves follow."""

    origin: str
    vkey: str
    size: int


def write_export(
    stream: BinaryIO, header: ExportHeader, leaves: Iterable[ExportedLeaf], checkpoints: Iterable[str]
) -> None:
    """Write an export to `stream` as `leaves` yields it."""
    stream.writelines(export_lines(header, leaves, checkpoints))


def export_lines(
    header: ExportHeader, leaves: Iterable[ExportedLeaf], checkpoints: Iterable[str]
) -> Iterator[bytes]:
    """The lines of an export, each with its newline."""
    yield _line({"format": FORMAT, "origin": header.origin, "vkey": header.vkey, "size": header.size})
    for leaf in leaves:
        shape: dict[str, Json] = {"index": leaf.index, "leaf": base64_text(leaf.leaf)}
        if leaf.opened is not None:
            salt, payload = leaf.opened
            shape |= {"salt": base64_text(salt), "payload": payload.decode("utf-8")}
        yield _line(shape)
    for note in checkpoints:
        yield _line({"checkpoint": note})


def _line(shape: Mapping[str, Json]) -> bytes:
    return canonical_json(shape) + b"\n"


class ExportReader:
    """Reads an export as a stream. Every method raises `MalformedError`, naming the line, on a bad one."""

    def __init__(self, stream: BinaryIO) -> None:
        """Reads the header."""
        self._stream = stream
        self._number = 0
        self._notes: list[str] = []
        shape = self._next()
        if shape is None or shape.keys() != {"format", "origin", "vkey", "size"}:
            raise self._fault("not an export header")
        if shape["format"] != FORMAT:
            raise self._fault("an unknown format")
        self.header = ExportHeader(
            self._text(shape, "origin"), self._text(shape, "vkey"), natural(shape["size"], "line 1: size")
        )

    def leaves(self) -> Iterator[ExportedLeaf]:
        """The leaf lines in the order of the file. To be taken once, and to its end."""
        while (shape := self._next()) is not None:
            if "checkpoint" in shape:
                self._note(shape)
                break
            yield self._leaf(shape)
        while (shape := self._next()) is not None:
            self._note(shape)

    def checkpoints(self) -> tuple[str, ...]:
        """The notes at the end of the file, once `leaves` was read to its end."""
        return tuple(self._notes)

    def _next(self) -> dict[str, Json] | None:
        line = self._stream.readline(MAX_LINE + 1)
        if not line:
            return None
        self._number += 1
        if len(line) > MAX_LINE or not line.endswith(b"\n"):
            raise self._fault("too long, or cut short")
        return json_object(line[:-1], f"line {self._number}")

    def _leaf(self, shape: Mapping[str, Json]) -> ExportedLeaf:
        where = f"line {self._number}"
        opened = None
        if shape.keys() == {"index", "leaf", "salt", "payload"}:
            payload = self._text(shape, "payload").encode("utf-8", "surrogatepass")
            opened = (base64_bytes(shape["salt"], f"{where}: salt", SALT_SIZE), payload)
        elif shape.keys() != {"index", "leaf"}:
            raise self._fault("keys other than index and leaf, or those with salt and payload")
        leaf = base64_bytes(shape["leaf"], f"{where}: leaf")
        return ExportedLeaf(natural(shape["index"], f"{where}: index"), leaf, opened)

    def _note(self, shape: Mapping[str, Json]) -> None:
        if shape.keys() != {"checkpoint"}:
            raise self._fault("after the leaves, something other than a checkpoint")
        self._notes.append(self._text(shape, "checkpoint"))

    def _text(self, shape: Mapping[str, Json], key: str) -> str:
        value = shape[key]
        if not isinstance(value, str):
            raise self._fault(f"{key} is not text")
        return value

    def _fault(self, rule: str) -> MalformedError:
        return MalformedError(f"line {self._number}: {rule}")
