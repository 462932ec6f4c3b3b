"""The case conditions of a clause in Cedar, as a permission and as a prohibition reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agreements.agreement import Agreement, Clause, Conditions
from tests.cedar.expressions import among, every, some, words


def case_holds(agreement: Agreement, clause: Clause) -> Iterable[str]:
    """What is not known of the case does not hold."""
    needs = clause.conditions
    yield among("context.question.case.concern", _from(agreement, needs.concern_at_least))
    if needs.workdays_since_opening is not None:
        yield every("context.question.case has workdays", _soon(needs.workdays_since_opening))
    yield from _standing(needs)


def case_bites(agreement: Agreement, clause: Clause) -> Iterable[str]:
    """A prohibition bites where its conditions hold, and where concern or opening cannot be judged."""
    needs = clause.conditions
    on_scale = among("context.question.case.concern", agreement.concern_scale)
    yield some(
        f"!{on_scale}", among("context.question.case.concern", _from(agreement, needs.concern_at_least))
    )
    if needs.workdays_since_opening is not None:
        yield some("!(context.question.case has workdays)", _soon(needs.workdays_since_opening))
    yield from _standing(needs)


def _from(agreement: Agreement, least: str | None) -> Sequence[str]:
    scale = agreement.concern_scale
    return scale if least is None else scale[scale.index(least) :]


def _soon(most: int) -> str:
    return f"context.question.case.workdays <= {most}"


def _standing(needs: Conditions) -> Iterable[str]:
    if needs.case_flags:
        yield f"context.question.case.flags.containsAll({words(needs.case_flags)})"
    if needs.case_flags_absent:
        yield f"!context.question.case.flags.containsAny({words(needs.case_flags_absent)})"
    if needs.invited_by:
        yield f"context.question.case.invited_by.containsAny({words(needs.invited_by)})"
    if needs.unblinded:
        yield "!context.question.case.blinded"
