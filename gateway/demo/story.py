"""The story of the demo, step by step: what is told, what is played, and what must come of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.demo import (
    scenes_asking,
    scenes_emergency,
    scenes_following,
    scenes_holding,
    scenes_proof,
    scenes_protection,
)
from gateway.demo.stage import Found, Stage
from gateway.demo.telling import Checked


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    told: str
    play: Callable[[Stage], Found]
    expected: Mapping[str, str]
    """Everything the step must find, and nothing else."""


STORY: Final = (
    Step(
        "A threat is reported at school",
        "A pupil says that Daniel Okafor, 10th grade, spoke of bringing a gun. Teresa Quintero of the "
        "threat assessment team turns to the gateway at once, and learns that nobody may be asked outside "
        "an open case. So the district opens one.",
        scenes_asking.report,
        {"asking before": "403 case-not-open", "case RUSD-TA-117": "open"},
    ),
    Step(
        "Existence is asked of every partner",
        "One question, to everybody an agreement lets the district ask: is anything held on him? The "
        "police may say so under the agreement alone. Health and social services are bound by law that "
        "the agreement cannot set aside; each refusal says what would open it. Nobody's records are read "
        "to refuse.",
        scenes_asking.everybody,
        {
            "riverside-pd on police-contact": "held, told at existence, by agreement",
            "riverside-health on mental-health": "refused, law-forbids",
            "riverside-social on family-services": "refused, law-forbids",
            "covered by no clause": "6",
        },
    ),
    Step(
        "A partner without an agreement",
        "The housing authority is on the gateway, and its system could answer. It has signed nothing.",
        scenes_asking.without_agreement,
        {"riverside-housing on housing": "refused, no-agreement"},
    ),
    Step(
        "A name misspelt on file",
        "The pupil's note calls him Danial, and so does the police's file. A name and a street, however "
        "well they fit, are not enough to tell anything by. With the name he is enrolled under and his "
        "birth date, the misspelling on file does not stand in the way.",
        scenes_asking.misspelt,
        {
            "name and street": "needs-more-identifiers",
            "name and birth date": "held, told at summary, by agreement",
            "likeness of the names": "spelling",
        },
    ),
    Step(
        "A summary, with consent",
        "Daniel signs an authorisation for the health service to tell the school about his mental health. "
        "The district asks for the whole record; the clause allows a summary, and the answer says so. The "
        "health service knows him as Okafor-Reed.",
        scenes_asking.consented,
        {
            "riverside-health on mental-health": "held, told at summary, by consent",
            "the summary": "names a safety plan",
        },
    ),
    Step(
        "The consent is withdrawn",
        "Daniel changes his mind and tells his clinician. From the next entry of the ledger on nothing "
        "rests on that consent any more: not a new question, and not the answer given before.",
        scenes_asking.withdrawn,
        {
            "consent": "withdrawn",
            "read again": "refused, no-longer-permitted",
            "asked anew": "refused, law-forbids",
        },
    ),
    Step(
        "An emergency is claimed",
        "That evening a message comes to light. Sgt. Reyes claims the one exception the agreement and 45 "
        "CFR 164.512(j) know for this. What she writes opens nothing by itself: the law asks for the "
        "holder's own good-faith belief, so a person there must find it met.",
        scenes_emergency.claimed,
        {"riverside-health on mental-health": "pending", "told so far": "nothing"},
    ),
    Step(
        "The health service finds it met",
        "The on-call clinician sees the question, who asks it and what is claimed, and what would be told.",
        scenes_emergency.found_met,
        {"review": "released", "riverside-health on mental-health": "held, told at summary, by exception"},
    ),
    Step(
        "Somebody else reviews the emergency",
        "Every use of an exception is looked at afterwards, by somebody other than the person who used it.",
        scenes_emergency.looked_at,
        {"her own review": "403 forbidden", "reviewed by another": "justified"},
    ),
    Step(
        "A place is asked about",
        "Planning the next days, the district asks the police about the school itself, under another "
        "agreement. The answer names nobody.",
        scenes_holding.place,
        {"riverside-pd on police-contact": "held, told at summary, by agreement", "incidents told": "5"},
    ),
    Step(
        "A refusal that says nothing",
        "42 CFR Part 2 forbids to reveal, by refusing either, that somebody is in treatment for substance "
        "use. Daniel is, and has not consented. Marisol Vega has consented, and the health service has "
        "never heard of her. Sgt. Reyes asks about both, and cannot tell the two answers apart.",
        scenes_holding.masked,
        {
            "Daniel, a patient without a consent": "no-information-available",
            "Marisol, consenting but no patient": "no-information-available",
            "the two answers": "the same",
            "advice": "no all-clear",
            "in the ledger, Daniel": "refused",
            "in the ledger, Marisol": "nothing-held",
        },
    ),
    Step(
        "A review, released item by item",
        "Another case: Child and Family Services protects a child whom the police have as Zoey Nunez. "
        "Under the child protection agreement a records officer there looks at each item first, and keeps "
        "back what concerns only other people.",
        scenes_holding.item_by_item,
        {
            "at first": "pending",
            "items offered": "3",
            "after the review": "held, told at record, by agreement",
            "incidents told": "child left alone overnight, welfare check",
            "fields told": "incident_number, kind, occurred_on, outcome",
        },
    ),
    Step(
        "One child, written down in three ways",
        "Zoey Nunez to the police is Zoë Núñez in the Primero of Child and Family Services and Zoe Nuñez in "
        "the schools' OneRoster. Each side asks with its own spelling and her birth date: the police Child "
        "and Family Services, to protect her; Child and Family Services the school, with her mother's "
        "consent.",
        scenes_protection.three_spellings,
        {
            "riverside-social on safeguarding": "held, told at summary, by agreement",
            "riverside-social on family-services": "held, told at summary, by agreement",
            "riverside-schools on education-record": "held, told at summary, by consent",
            "riverside-schools on school-discipline": "held, told at summary, by consent",
            "Primero's words": "high, neglect",
            "the roster's words": "03, Cedar Flat Elementary School",
        },
    ),
    Step(
        "A question that would have been dropped",
        "Sgt. Reyes asks Child and Family Services once more, and their system is down. In many places that "
        "is where a lead ends: nobody asks again. Here the case cannot be closed over the open question, and "
        "the gateway asks again by itself, with back-off; were the system to stay down, the liaison there, "
        "then the privacy officer, then the case manager would be told.",
        scenes_following.not_dropped,
        {
            "at first": "unavailable",
            "closing the case then": "409 conflict",
            "in the ledger, before anybody looked": "held",
            "when it is looked at": "held, told at summary, by agreement",
            "closing the case now": "closed",
        },
    ),
    Step(
        "The subject's accounting",
        "Daniel asks the health service whom it has told what about him (45 CFR 164.528). The ledger "
        "answers: both disclosures, each with its proof, and none of the questions that were refused.",
        scenes_proof.accounting,
        {
            "lines": "2",
            "told riverside-schools": "by consent, clause 2.2",
            "told riverside-pd": "by exception, clause 2.2",
            "every line with its proof": "yes",
        },
    ),
    Step(
        "The ledger, verified from outside",
        "A separate program that shares no code with the gateway reads the ledger over HTTP and holds it "
        "against the receipts the agencies were handed and a checkpoint kept since the first step.",
        scenes_proof.verified,
        {"all receipts and the early checkpoint": "exit 0", "a receipt altered": "exit 1"},
    ),
)


@dataclass(frozen=True, slots=True)
class Played:
    title: str
    checks: tuple[Checked, ...]
    seconds: float

    @property
    def good(self) -> bool:
        return all(check.good for check in self.checks)


def play(stage: Stage, story: Sequence[Step]) -> list[Played]:
    """Play every step, telling it and checking it; a step that cannot go on is one that failed."""
    played = []
    for number, step in enumerate(story, 1):
        stage.telling.step(number, step.title, step.told)
        started = time.monotonic()
        try:
            found = step.play(stage)
        except Exception as error:  # noqa: BLE001 -- however a step breaks off, it has failed and the next one is played
            found = {"the step": f"broke off ({type(error).__name__}: {error})"}
        seconds = time.monotonic() - started
        checks = check(step.expected, found)
        stage.telling.checked(checks)
        played.append(Played(step.title, checks, seconds))
    return played


def check(expected: Mapping[str, str], found: Mapping[str, str]) -> tuple[Checked, ...]:
    """Hold what was found against what was expected, neither more nor less."""
    return tuple(
        Checked(about, expected.get(about), found.get(about)) for about in dict.fromkeys([*expected, *found])
    )
