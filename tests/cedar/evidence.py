"""What evidence counts, as Cedar policies: a consent that reaches, an exception that is made out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from agreements.exceptions import ELEMENTS, ElementKind
from tests.cedar.expressions import entity, every, policy, some, text, words

_DISCLOSE: Final = f"action in {entity('Action', 'disclose')}"


def evidence_policies() -> Iterable[str]:
    """A consent reaches the disclosure, undefeated; an exception is made out in every element."""
    about_nobody = every("context has consent", 'context.question.subject == "general"')
    reaches = every('context.consent.status == "given"', *_reaching("context.consent"))
    refused = some(*(_defeats(f"context.{other}", other) for other in ("other1", "other2")))
    made_out = some(*(_made_out(ground, kinds) for ground, kinds in ELEMENTS.items()))
    yield policy("forbid", "consent/nobody", _DISCLOSE, about_nobody)
    yield policy("forbid", "consent/reaches", _DISCLOSE, "context has consent", reaches)
    yield policy("forbid", "consent/refused", _DISCLOSE, every("context has consent", refused))
    yield policy("forbid", "exception", _DISCLOSE, "context has exception", made_out)


def _reaching(consent: str) -> Iterable[str]:
    yield f"{consent}.start <= context.question.at"
    yield f"(!({consent} has end) || context.question.at < {consent}.end)"
    yield f"{consent}.custodians.contains(resource)"
    yield f"{consent}.recipients.contains(principal)"
    yield f"{consent}.categories.contains(context.question.category)"
    yield f"{consent}.purposes.contains(action)"


def _defeats(refusal: str, name: str) -> str:
    """The same grantor refused it since; of guardians one refusal is enough."""
    return every(
        f"context has {name}",
        f'{refusal}.status == "refused"',
        *_reaching(refusal),
        f"{refusal}.grantor == context.consent.grantor",
        some('context.consent.grantor == "guardian"', f"{refusal}.start >= context.consent.start"),
    )


def _made_out(ground: str, kinds: Mapping[str, ElementKind]) -> str:
    texts, affirmed = (
        words(name for name, kind in kinds.items() if kind is each)
        for each in (ElementKind.TEXT, ElementKind.TRUE)
    )
    return every(
        f"context.exception.ground == {text(ground)}",
        f"context.exception.texts.containsAll({texts})",
        f"context.exception.affirmed.containsAll({affirmed})",
    )
