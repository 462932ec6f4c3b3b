"""The verifier's memory: every checkpoint it has seen signed, so that no later ledger may contradict one.

A file of JSON Lines, `{"checkpoint": note}`; whoever keeps it need trust no single visit to the ledger.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from audit.checkpoint import NoteError, NoteKey, open_checkpoint, split_note
from audit.durable import write_durably
from audit.encoding import MalformedError, json_object


class Sightings:
    """The notes in one file, in the order in which they were first seen."""

    def __init__(self, path: Path) -> None:
        """Reads the file where there is one. Raises `OSError`, and `MalformedError` for another file."""
        self._path = path
        self._notes: dict[str, str] = {}
        try:
            lines = path.read_bytes().splitlines()
        except FileNotFoundError:
            lines = []
        for number, line in enumerate(lines, 1):
            note = json_object(line, f"line {number}").get("checkpoint")
            if not isinstance(note, str):
                raise MalformedError(f"line {number}: no checkpoint")
            self._add(note)

    @property
    def notes(self) -> tuple[str, ...]:
        """Every note remembered."""
        return tuple(self._notes.values())

    def remember(self, notes: Iterable[str], keys: Iterable[NoteKey]) -> None:
        """Add the notes that one of the `keys` signed, whatever else was wrong with them. Raises `OSError`.

        A ledger found out is remembered too: two notes that contradict each other are the evidence.
        """
        known = tuple(keys)
        before = len(self._notes)
        for note in notes:
            try:
                open_checkpoint(note, known)
            except NoteError:
                continue
            self._add(note)
        if len(self._notes) > before:
            lines = [json.dumps({"checkpoint": note}, ensure_ascii=False) + "\n" for note in self.notes]
            write_durably(self._path, "".join(lines).encode())

    def _add(self, note: str) -> None:
        # Signatures differ from visit to visit; the head that was signed is what must not.
        try:
            self._notes.setdefault(split_note(note)[0], note)
        except NoteError as fault:
            raise MalformedError(str(fault)) from None
