"""The sheet to write on while the gateway cannot be reached: what must be known to enter it later. Pure.

It asks for the very fields of `POST /v1/disclosures`, in the order in which somebody on the telephone learns
them, and names whom to ring at each agency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from agreements.exceptions import ELEMENTS
from agreements.terms import Category, Level, ProcessKind, Purpose, SubjectKind
from gateway.site import Site
from gateway.wire.offer import HOW

_RULED: Final = "_" * 60
_RULES: Final = (
    "Tell no more than you would through the gateway: what the agreement's clause allows, and nothing else.",
    "Say the duties that go with it aloud, and have them repeated.",
    "Not having been refused is no permission. In doubt give a call-back number and tell nothing.",
    "Enter this sheet as soon as the gateway answers again, then destroy it.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to write down: what it is called, what it means, and the words to choose from."""

    key: str
    about: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


def sheet(site: Site) -> tuple[Section, ...]:
    """The sheet of a site, each line with the key of `POST /v1/disclosures` that it becomes."""
    agencies = tuple(
        Line(agency.id, f"{agency.name}: {agency.liaison.words()}") for agency in site.agencies.values()
    )
    return (
        Section("Whom to ring", agencies),
        Section(
            "Who and when",
            (
                Line("user", "You: your id, name and role"),
                Line("occurred_at", "Day and time, with the time zone"),
                Line("how", "How it was told", HOW),
                Line("to", "Agency told"),
                Line("reader", "The person there: their id, and whether they are its named contact"),
            ),
        ),
        Section(
            "About what",
            (
                Line("case", "Reference of your open case"),
                Line("purpose", "What for", tuple(purpose.value for purpose in Purpose)),
                Line("subject.kind", "About", tuple(kind.value for kind in SubjectKind)),
                Line("subject", "Family and given name, birth date, identifiers; or place; or handle"),
            ),
        ),
        Section("What was told, for each kind of information", tuple(_told())),
        Section("What made it lawful", tuple(_grounds())),
        Section("Said to who was told", (Line("obligations", "The duties, and that they were repeated"),)),
    )


def _told() -> Iterator[Line]:
    yield Line("information", "Kind of information", tuple(category.value for category in Category))
    yield Line("level", "How much of it", tuple(level.word for level in Level))
    yield Line("summary", "The words you used")
    yield Line("fields", "Fields read out, each with its value")


def _grounds() -> Iterator[Line]:
    yield Line("consent", "Number of the recorded consent, or who gave it, when and on what paper")
    for ground, elements in ELEMENTS.items():
        yield Line("exception", f"{ground.value}: {', '.join(elements)}")
    yield Line("exception.statement", "What happened, in this case")
    yield Line("legal_process", "Number, court", tuple(kind.value for kind in ProcessKind))


def as_text(site: Site) -> str:
    """The sheet for a plain printer."""
    parts = [f"WHILE THE GATEWAY CANNOT BE REACHED: {site.name}", "", *(f"- {rule}" for rule in _RULES)]
    for section in sheet(site):
        parts += ["", section.title.upper()]
        for line in section.lines:
            parts += [f"  {line.about} ({line.key})"]
            parts += [f"    [ ] {word}" for word in line.words]
            parts += [] if line.words or section.title == "Whom to ring" else [f"    {_RULED}"]
    return "\n".join(parts) + "\n"


def as_html(site: Site) -> str:
    """The sheet as one page that prints by itself: no script, no link, nothing fetched."""
    body = [f"<h1>While the gateway cannot be reached: {escape(site.name)}</h1>", "<ul>"]
    body += [f"<li>{escape(rule)}</li>" for rule in _RULES]
    body += ["</ul>"]
    for section in sheet(site):
        body += [f"<h2>{escape(section.title)}</h2>", "<table>"]
        body += [_row(line) for line in section.lines]
        body += ["</table>"]
    style = (
        "body{font:11pt sans-serif}table{border-collapse:collapse;width:100%}td{border:1px solid;padding:4pt}"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Downtime sheet</title>'
        f"<style>{style}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _row(line: Line) -> str:
    words = " ".join(f"&#9744;&nbsp;{escape(word)}" for word in line.words)
    return f"<tr><td>{escape(line.about)}<br><small>{escape(line.key)}</small></td><td>{words}</td></tr>"
