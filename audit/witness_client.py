"""A ledger's side of c2sp.org/tlog-witness: a checkpoint is sent, a cosignature comes back."""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from audit.checkpoint import Checkpoint, NoteError, split_note
from audit.cosignature import CosignerKey, cosigned
from audit.web import Answered, Web, WebFault
from audit.witnessing import SIZE_TYPE, Submission

ProofOf: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""(first size, second size) -> the consistency proof between the two trees of the ledger."""

_TRIES = 3
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,17})\n")


class NotCosigned(Exception):  # noqa: N818 -- named for the state it finds
    """A witness gave no cosignature. The message says why in words of ours."""


class WitnessAhead(NotCosigned):
    """The witness has cosigned a larger tree: another process is ahead, or the ledger was taken back."""


class WitnessClient:
    """One witness, as a ledger sees it. To be used by one thread at a time."""

    def __init__(self, key: CosignerKey, url: str) -> None:
        """`url` is the witness's submission prefix. Raises `WebFault` on one of another kind."""
        self.key = key
        self._web = Web(url)
        self._known = 0

    def submit(self, note: str, proof_of: ProofOf) -> str:
        """The witness's signature line, with its newline, for the checkpoint in `note`.

        Raises `NotCosigned`.
        """
        size = Checkpoint.parse(split_note(note)[0]).size
        for _ in range(_TRIES):
            if self._known > size:
                raise WitnessAhead("the witness knows a larger tree")
            sent = Submission(self._known, tuple(proof_of(self._known, size)), note)
            try:
                answered = self._web.ask("POST", "add-checkpoint", sent.body)
            except WebFault as fault:
                raise NotCosigned(str(fault)) from None
            if answered.status == 409 and answered.content_type == SIZE_TYPE:
                before, self._known = self._known, _size_in(answered)
                if before == self._known:
                    raise NotCosigned("the witness knows another tree of this size")
                continue
            line = self._line_in(answered, note)
            self._known = size
            return line
        raise NotCosigned("the witness changed its mind too often")

    def abort(self) -> None:
        """End a submission that another thread is in the middle of."""
        self._web.abort()

    def close(self) -> None:
        """Give the connection back."""
        self._web.close()

    def _line_in(self, answered: Answered, note: str) -> str:
        if answered.status != 200:
            raise NotCosigned(f"answered with status {answered.status}")
        try:
            lines = answered.body.decode("utf-8")
            signed = cosigned(note + lines, [self.key])
        except (UnicodeDecodeError, NoteError):
            raise NotCosigned("answered with something that is no signature") from None
        if self.key not in signed:
            raise NotCosigned("answered without a cosignature by its key")
        # Of several keys' lines only the trusted one's is passed on.
        mark = f"\u2014 {self.key.name} "
        own = [line for line in lines.splitlines(keepends=True) if line.startswith(mark)]
        return next(line for line in own if self.key in cosigned(note + line, [self.key]))


def _size_in(answered: Answered) -> int:
    found = _SIZE.fullmatch(answered.body)
    if found is None:
        raise NotCosigned("answered with a size that is none")
    return int(found[1])
