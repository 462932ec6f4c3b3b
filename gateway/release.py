"""An answer is sealed until the ledger has it: the way out is a receipt, and only the ledger makes one."""

from __future__ import annotations

from typing import Any

from audit.receipt import Receipt


class Sealed:
    """A custodian's answers that nobody has been shown; `index` is the ledger entry that records them."""

    __slots__ = ("_answers", "index")

    def __init__(self, answers: list[dict[str, Any]], index: int) -> None:
        self._answers = answers
        self.index = index

    def release(self, receipt: Receipt) -> Released:
        """Open the answers against the receipt of the entry that records them.

        Raises:
            ValueError: the receipt is of another entry.
        """
        if receipt.index != self.index:
            raise ValueError("the receipt is not of the entry that records this answer")
        shown = receipt.to_json()
        return Released(tuple({**answer, "receipt": shown} for answer in self._answers))


class Released:
    """Answers with their receipt: the only thing that is ever rendered to a requester."""

    __slots__ = ("answers",)

    def __init__(self, answers: tuple[dict[str, Any], ...]) -> None:
        self.answers = answers
