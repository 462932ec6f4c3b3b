"""How the story is told at a terminal: who asks whom and why, what came back, and what that rests on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gateway.demo.officials import AGENCY_NAMES, Official

WIDTH: Final = 100
"""Columns; a narrower terminal gets what it has, a wider one no more."""
_COLOURS: Final = {
    "information-held": "bold green",
    "refused": "bold red",
    "pending": "bold yellow",
    "unavailable": "bold red",
}
_MARGIN: Final = (0, 0, 0, 2)
Rows = Iterable[tuple[str, RenderableType]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One expectation of a step and what was found instead, if anything."""

    about: str
    expected: str | None
    found: str | None

    @property
    def good(self) -> bool:
        return self.expected == self.found


class Telling:
    """Everything the demo prints goes through here. All text is printed as it stands, never as markup."""

    def __init__(self) -> None:
        if hasattr(sys.stdout, "reconfigure"):
            # Names are written as they are spelt; an output that cannot show a letter shows a mark instead.
            sys.stdout.reconfigure(errors="replace")
        columns = shutil.get_terminal_size((WIDTH, 40)).columns
        self._console = Console(highlight=False, emoji=False, markup=False, width=min(columns, WIDTH))

    def title(self, text: str) -> None:
        self._console.print(Rule(Text(text, style="bold"), style="dim", characters="═"))

    def step(self, number: int, title: str, told: str) -> None:
        self._console.print()
        self._console.print(Rule(Text(f"{number}. {title}", style="bold cyan"), align="left", style="dim"))
        self.say(told)

    def say(self, text: str) -> None:
        self._indented(Text(text))
        self._console.print()

    def note(self, text: str) -> None:
        self._indented(Text(text, style="italic"))

    def facts(self, rows: Rows) -> None:
        self._indented(_grid(rows))
        self._console.print()

    def question(self, who: Official, query: Mapping[str, Any]) -> None:
        """Who asks whom what, about whom, and why."""
        whom = [AGENCY_NAMES[each] for each in query.get("custodians", ())]
        rows = [
            ("asks", who.words()),
            ("of", ", ".join(whom) or "every partner that an agreement lets the district ask"),
            ("about", subject_words(query["subject"])),
            ("for", f"{query['level']} of {', '.join(query['categories'])}"),
            ("because", f"{query['purpose']}, case {query['case']}"),
        ]
        if claim := query.get("exception"):
            elements = [
                f"{key.replace('_', ' ')}: {'yes' if value is True else value}"
                for key, value in claim["elements"].items()
            ]
            rows.append(("claiming", f"{claim['ground']}: " + "; ".join(elements)))
        self.facts(rows)

    def answers(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Each custodian's answer; those that no clause covers on one line at the end."""
        uncovered = [answer for answer in answers if reason_code(answer) == "no-clause"]
        for answer in answers:
            if answer not in uncovered:
                self._answer(answer)
        if uncovered:
            self._indented(Text(f"Refused too, as no clause covers it: {_listed(uncovered)}", style="dim"))
            self._console.print()

    def problem(self, status: int, problem: Mapping[str, Any]) -> None:
        self.facts(
            [
                (
                    "refused",
                    Text(
                        f"{status} {problem['code']}: {problem.get('detail', problem['title'])}", style="red"
                    ),
                )
            ]
        )

    def checked(self, checks: Sequence[Checked]) -> None:
        for check in checks:
            if check.good:
                line = Text.assemble(("✓ ", "green"), (f"{check.about}: {check.found}", "green"))
            else:
                expected, found = check.expected or "nothing", check.found or "nothing"
                words = f"✗ {check.about}: expected {expected}; found {found}"
                line = Text(words, style="bold red")
            self._indented(line)

    def printed(self, text: str) -> None:
        """The output of another program, without its empty lines."""
        lines = [line for line in text.splitlines() if line.strip()]
        self._indented(Padding(Text("\n".join(lines), style="dim"), _MARGIN, expand=False))
        self._console.print()

    def summary(self, steps: Sequence[tuple[str, bool, float]], took: float) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in ("", "step"):
            table.add_column(name)
        table.add_column("seconds", justify="right")
        for number, (title, good, seconds) in enumerate(steps, 1):
            mark = Text("✓", style="green") if good else Text("✗", style="bold red")
            table.add_row(mark, f"{number}. {title}", f"{seconds:.2f}")
        self._console.print()
        self.title("What happened")
        self._indented(table)
        wrong = sum(not good for _, good, _ in steps)
        words = (
            f"All {len(steps)} steps as expected"
            if not wrong
            else f"{wrong} of {len(steps)} steps not as expected"
        )
        self._console.print()
        self._indented(Text(f"{words}, in {took:.1f} seconds.", style="bold red" if wrong else "bold green"))

    def commands(self, commands: Iterable[tuple[str, str]]) -> None:
        """Ready-made commands, on lines that may be copied as they stand."""
        for about, command in commands:
            self._indented(Text(about, style="bold"))
            self._console.print(Text(command), soft_wrap=True)
            self._console.print()

    def _answer(self, answer: Mapping[str, Any]) -> None:
        word = answer["result"] or answer["state"]
        level = f", told at the level {answer['level']}" if answer["result"] == "information-held" else ""
        heading = Text.assemble(
            (AGENCY_NAMES[answer["custodian"]], "bold"),
            f" on {', '.join(answer['categories'])}: ",
            (word, _COLOURS.get(word, "bold")),
            level,
        )
        self._indented(heading)
        self._indented(Padding(_grid(_answer_rows(answer)), _MARGIN, expand=False))
        self._console.print()

    def _indented(self, shown: RenderableType) -> None:
        self._console.print(Padding(shown, _MARGIN, expand=False))


def reason_code(answer: Mapping[str, Any]) -> str | None:
    return answer["reasons"][0]["code"] if answer["reasons"] else None


def subject_words(subject: Mapping[str, Any]) -> str:
    """A subject as one line of prose."""
    if subject["kind"] == "venue":
        place = subject.get("address", {})
        return ", ".join(filter(None, (subject["name"], place.get("line"), place.get("city"))))
    words = f"{subject.get('given_name', '')} {subject['family_name']}"
    if born := subject.get("birth_date"):
        words += f", born {born}"
    if home := subject.get("address"):
        words += f", of {home['line']}"
    return words


def _answer_rows(answer: Mapping[str, Any]) -> Iterable[tuple[str, RenderableType]]:
    if summary := answer["summary"]:
        yield "says", Text("\n".join(summary.values()), style="bold")
    if record := answer["record"]:
        yield "record", _grid(_fields(record))
    if basis := answer["basis"]:
        yield (
            "basis",
            f"{basis['kind']}: {basis['agreement']} version {basis['version']}, clause {basis['clause']}",
        )
    if duties := answer["obligations"]:
        yield "duties", "; ".join(_duty(duty) for duty in duties)
    for reason in answer["reasons"]:
        yield "why", _reason(reason["text"])
    if contact := answer["contact"]:
        yield "ring", ", ".join(filter(None, (contact["name"], contact["phone"])))
    if advice := answer["advice"]:
        yield "advice", advice
    yield "receipt", Text(f"entry {answer['receipt']['index']} of the ledger", style="dim")


def _listed(answers: Sequence[Mapping[str, Any]]) -> str:
    categories: dict[str, list[str]] = {}
    for answer in answers:
        categories.setdefault(AGENCY_NAMES[answer["custodian"]], []).extend(answer["categories"])
    return "; ".join(f"{agency}, {' and '.join(named)}" for agency, named in categories.items())


def _fields(record: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """The fields of a record; where several holdings have one, its values in their order."""
    for fields in record.values():
        for name, value in fields.items():
            yield name, "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _duty(duty: Mapping[str, Any]) -> str:
    return f"{duty['code'].removesuffix('-by')} by {duty['due'][:10]}" if duty["due"] else str(duty["code"])


def _reason(text: str) -> Text:
    """A reason; where it lists ways that would open, each on its own line."""
    before, colon, ways = text.partition(": ")
    listed = ways.split("; or ")
    if len(listed) == 1:
        return Text(text)
    return Text("\n".join([before + colon.rstrip(), *(f"· {way}" for way in listed)]))


def _grid(rows: Rows) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", min_width=8)
    grid.add_column(overflow="fold")
    for label, shown in rows:
        grid.add_row(label, shown)
    return grid
