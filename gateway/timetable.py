"""What each kind of timer does."""

from __future__ import annotations

from functools import partial

from gateway.api.context import Gateway
from gateway.asking_again import AskingAgain
from gateway.case_reviews import CASE_REVIEW
from gateway.correcting import CORRECTION_WAITS
from gateway.delivering import remind
from gateway.following import ASK_AGAIN, Following
from gateway.outbox import DELIVER, Outbox
from gateway.processes.runner import Work
from gateway.records import Records
from gateway.store.duties import DUTY_DUE
from gateway.store.emergencies import REVIEW_DUE
from gateway.store.offers import OFFER_WAITS
from gateway.watching import WATCH_LOOK


def timetable(
    gateway: Gateway,
    records: Records,
    outbox: Outbox,
    asking_again: AskingAgain,
    following: Following,
) -> dict[str, Work]:
    """The work of every kind of timer, by its kind."""
    return {
        DELIVER: outbox.work,
        REVIEW_DUE: gateway.emergencies.overdue(),
        OFFER_WAITS: Work(partial(remind, records)),
        CORRECTION_WAITS: Work(gateway.correcting.remind),
        WATCH_LOOK: gateway.watching.work,
        DUTY_DUE: Work(gateway.duties.overdue),
        ASK_AGAIN: asking_again.work,
        CASE_REVIEW: gateway.case_reviews.work,
        **following.works,
        **gateway.alarming.works(),
        **gateway.consenting.works(),
        **gateway.second_looking.works(),
    }
