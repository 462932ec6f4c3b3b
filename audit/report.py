"""What a verification found, told to a person and to a program."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from audit.encoding import Json

MAX_FINDINGS = 100  # kept for each step; the rest are counted

CLOSING = (
    "This ledger proves only what went through the gateway. What an agency said, showed or sent\n"
    "by any other way is not in it; compare it with the custodian's own access records."
)


class Step(Enum):
    """The steps of the argument, in order; each rests on those before it."""

    READ = "The ledger can be read, and is the one asked for."
    SIGNED = "Every checkpoint shown is signed by a key you trust."
    WITNESSED = "Every checkpoint to be relied on was cosigned by the witnesses you demand."
    SEQUENCE = "The entries are numbered without a gap."
    SHAPE = "Every entry is of the one shape and length, so that none stands out."
    ROOT = "The fingerprint worked out anew from all entries is the one that was signed."
    CONSISTENT = (
        "Every checkpoint seen before is still part of this ledger: nothing was rewritten or cut off."
    )
    RECEIPTS = "Every receipt shown is for an entry that is in this ledger."
    OPENED = "Every opened entry is exactly what was sealed when it was recorded."
    ORDER = (
        "Nothing was answered without being asked, decided or answered twice, or told on a consent withdrawn "
        "before; and every emergency access was reviewed in time."
    )
    TILES = "The published tree is the tree of these entries."

    @property
    def number(self) -> int:
        """Its place in the argument, from 1."""
        return list(Step).index(self) + 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold; `index` is the entry concerned, if one is."""

    step: Step
    message: str
    index: int | None = None

    def __str__(self) -> str:
        return self.message if self.index is None else f"entry {self.index}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome: `findings` is empty when all holds that was checked; `checked` counts what each step
    looked at; `facts` describe the ledger.
    """

    findings: tuple[Finding, ...]
    checked: Mapping[Step, int]
    left_out: Mapping[Step, int]
    facts: Mapping[str, Json]

    @property
    def good(self) -> bool:
        """Whether nothing that was checked failed."""
        return not self.findings

    @property
    def result(self) -> str:
        """The outcome in a sentence."""
        number = len(self.findings) + sum(self.left_out.values())
        return (
            "All that was checked holds." if self.good else f"{number:,} problem(s) found: do not rely on it."
        )

    def to_json(self) -> dict[str, Json]:
        """The report for a program."""
        return {
            "good": self.good,
            "facts": dict(self.facts),
            "steps": [
                {"number": step.number, "name": step.name.lower(), "state": self.state(step),
                 "meaning": step.value, "checked": self.checked.get(step, 0)}
                for step in Step
            ],
            "findings": [
                {"step": found.step.name.lower(), "index": found.index, "message": found.message}
                for found in self.findings
            ],
            "findings_left_out": sum(self.left_out.values()),
            "scope": CLOSING.replace("\n", " "),
        }  # fmt: skip

    def text(self, *, colour: bool = False) -> str:
        """The report for a reader."""
        lines = [f"{name}: {printable(value)}" for name, value in self.facts.items()]
        for step in Step:
            state = self.state(step)
            lines += ["", f"{step.number:2}. {_painted(state, colour=colour)}  {step.value}"]
            lines.append(
                f"    ({self.checked.get(step, 0):,} checked)"
                if state != "not checked"
                else "    (none shown)"
            )
            lines += [f"    - {found}" for found in self.findings if found.step is step]
            if self.left_out.get(step):
                lines.append(f"    - and {self.left_out[step]:,} more")
        return "\n".join([*lines, "", f"Result: {self.result}", "", CLOSING, ""])

    def state(self, step: Step) -> str:
        """`held`, `FAILED` or `not checked`."""
        if any(found.step is step for found in self.findings):
            return "FAILED"
        return "held" if self.checked.get(step) else "not checked"


def _painted(state: str, *, colour: bool) -> str:
    shade = {"held": "32", "FAILED": "1;31"}.get(state)
    return f"\x1b[{shade}m{state}\x1b[0m" if colour and shade else state


def printable(value: Json) -> str:
    """A fact as text that shows itself and does nothing else."""
    # A ledger's own name is its own claim, and must not steer the reader's terminal.
    return "".join(char if char.isprintable() else "?" for char in str(value))


class Findings:
    """Collects what a verification finds."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._per_step: Counter[Step] = Counter()
        self.checked: Counter[Step] = Counter()

    def add(self, step: Step, message: str, index: int | None = None) -> None:
        """Record that something does not hold."""
        self._per_step[step] += 1
        if self._per_step[step] <= MAX_FINDINGS:
            self._found.append(Finding(step, message, index))

    def report(self, facts: Mapping[str, Json]) -> Report:
        """The outcome so far."""
        left_out = {
            step: found - MAX_FINDINGS for step, found in self._per_step.items() if found > MAX_FINDINGS
        }
        return Report(tuple(self._found), dict(self.checked), left_out, facts)


def unreadable(message: str) -> Report:
    """The report on a ledger of which nothing could be read."""
    findings = Findings()
    findings.checked[Step.READ] += 1
    findings.add(Step.READ, message)
    return findings.report({})
