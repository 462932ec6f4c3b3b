"""A law as Cedar policies: it forbids what it binds unless one of its openings is shown wide enough."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from agreements.agreement import Obligation
from agreements.consents import FormElement
from agreements.terms import BasisKind, Level, Sector
from policies.statute import ConsentForm, Law, Opening
from tests.cedar.expressions import ALWAYS, NEVER, among, entities, entity, every, policy, some, text, words

_ELEMENTS: Final = {
    FormElement.GRANTOR_NAMED: "context.consent.named",
    FormElement.CUSTODIAN_NAMED: "!context.consent.custodians.isEmpty()",
    FormElement.RECIPIENT_NAMED: "!context.consent.recipients.isEmpty()",
    FormElement.PURPOSE_STATED: "!context.consent.purposes.isEmpty()",
    FormElement.EXPIRY_STATED: "context.consent has end",
    FormElement.SIGNED: "context.consent.signed",
}


def law_policies(law: Law) -> Iterable[str]:
    bound = f"context.question has regimes && context.question.regimes.contains({text(law.id)})"
    opened = some(*(_opens(law, opening) for opening in law.openings))
    disclose = f"action in {entity('Action', 'disclose')}"
    yield policy("forbid", f"law/{law.id}", disclose, bound, every(understood(law.obligations), opened))
    if law.mask is not None:
        knowing = law.mask.unless_recipients
        mask = f"action == {entity('Action', 'mask')}"
        masks = f"!({_of('principal', knowing)})" if knowing else ALWAYS
        yield policy("permit", f"law/{law.id}/mask", mask, every(bound, masks))


def understood(duties: Iterable[Obligation]) -> str:
    """Whether the requester's systems honour every duty; those that declare nothing honour all."""
    codes = {duty.code for duty in duties}
    if not codes:
        return ALWAYS
    return some(
        "!(context.question has understands)", f"context.question.understands.containsAll({words(codes)})"
    )


def _opens(law: Law, opening: Opening) -> str:
    """An opening is used where no wider one is shown; then its reach and its duties are what counts."""
    return every(
        f"context.level <= {int(opening.ceiling)}",
        _shown(law, opening),
        *(_not_instead(law, opening, other) for other in law.openings if other is not opening),
        understood(opening.obligations),
        "!(context.at_once && context has exception)" if opening.person_finds else ALWAYS,
    )


def _not_instead(law: Law, opening: Opening, other: Opening) -> str:
    """The other opening is not shown wherever it would be used in this one's place."""
    asked = [level for level in Level if _preferred(law, other, opening, level)]
    if not asked:
        return ALWAYS
    levels = f"[{', '.join(str(int(level)) for level in asked)}].contains(context.question.asked)"
    return f"!{every(levels if len(asked) < len(Level) else ALWAYS, _shown(law, other))}"


def _preferred(law: Law, one: Opening, other: Opening, asked: Level) -> bool:
    """Wider up to what is asked, else found by nobody, else written first."""
    ranks = [
        (min(opening.ceiling, asked), not opening.person_finds, -law.openings.index(opening))
        for opening in (one, other)
    ]
    return ranks[0] > ranks[1]


def _shown(law: Law, opening: Opening) -> str:
    return every(*_scope(law, opening), _by(law, opening))


def _scope(law: Law, opening: Opening) -> Iterable[str]:
    if opening.categories is not None:
        yield among("context.question.category", opening.categories)
    elif law.apart:
        yield f"!{among('context.question.category', law.apart)}"
    if opening.purposes is not None:
        yield f"action in {entities('Action', opening.purposes)}"
    if opening.subjects is not None:
        yield among("context.question.subject", opening.subjects)
    if opening.recipients is not None:
        yield _of("principal", opening.recipients)
    if opening.custodians is not None:
        yield _of("resource", opening.custodians)


def _of(side: str, sectors: frozenset[Sector]) -> str:
    return f"{side} in {entities('Sector', sectors)}"


def _by(law: Law, opening: Opening) -> str:
    match opening.basis:
        case BasisKind.AGREEMENT:
            return ALWAYS
        case BasisKind.CONSENT:
            form = NEVER if opening.consent is None else _form(opening.consent, law.adult_age)
            return every("context has consent", form)
        case BasisKind.EXCEPTION:
            ground = (
                NEVER if opening.ground is None else f"context.exception.ground == {text(opening.ground)}"
            )
            return every("context has exception", ground)
        case BasisKind.LEGAL_PROCESS:
            return every("context has process", among("context.process", opening.processes))


def _form(form: ConsentForm, adult_age: int) -> str:
    """An unknown age must satisfy the form either way."""
    minor, adult = (
        f"context.question has age && context.question.age {sign} {adult_age}" for sign in ("<", ">=")
    )
    alone = "context.consent.categories == [context.question.category]"
    return every(
        some(among("context.consent.grantor", form.adult), minor),
        some(among("context.consent.grantor", form.minor), adult),
        *(_ELEMENTS[element] for element in sorted(form.elements)),
        alone if form.alone else ALWAYS,
    )
