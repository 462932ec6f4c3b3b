"""What a review offers to release, item by item, and how it is shown to the custodian's own person. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agreements.permit import Holding
from agreements.terms import Category, Level
from gateway import entries
from gateway.answers import contact_json
from gateway.asking import Gathered
from gateway.awaiting import FirstRelease, Review
from gateway.problems import Problem
from gateway.processes.second_look import WAITING
from gateway.site import Site
from gateway.store.questions import StoredQuery
from gateway.store.second_looks import SecondLook
from gateway.wire.query import exception_json, legal_process_json
from gateway.wire.review import ItemChoice
from gateway.wire.subject import subject_json
from gateway.wire.times import instant
from policies.decision import Decision, Permitted


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that could be released; `attested` when no system holds it and a person vouches for it."""

    id: str
    holding: Holding
    attested: bool = False


def attested_item(category: Category) -> Item:
    return Item(category.value, Holding(category), attested=True)


def items_of(gathered: Gathered) -> tuple[Item, ...]:
    items = []
    for category, (_, holdings) in gathered.items():
        for holding in holdings:
            item = Item(f"{category.value}-{_mark(holding)}" if _says(holding) else category.value, holding)
            if item not in items:
                items.append(item)
    return tuple(items)


def _says(holding: Holding) -> bool:
    return bool(holding.summary or holding.fields)


def _mark(holding: Holding) -> str:
    """Names an item by what it says: when the source changes, what nobody has seen is not released."""
    content = json.dumps([holding.summary, dict(holding.fields)], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def chosen_items(items: Sequence[Item], chosen: Sequence[ItemChoice]) -> tuple[Item, ...]:
    """The items named, or all items of a category named; their fields cut to those named.

    Raises:
        Problem: `unprocessable` for an item that is not among those offered.
    """
    kept = []
    for choice in chosen:
        named = [item for item in items if choice.id in {item.id, item.holding.category.value}]
        exact = [item for item in named if item.id == choice.id and item.id != item.holding.category.value]
        if not named:
            raise Problem("unprocessable", "items: expected ids of items that this review offers.")
        for item in exact or named:
            fields = item.holding.fields
            if choice.fields is not None:
                fields = {name: value for name, value in fields.items() if name in choice.fields}
            kept.append(replace(item, holding=replace(item.holding, fields=fields)))
    return tuple(kept)


def text_items(decisions: Mapping[Category, Decision], text: str) -> tuple[Item, ...]:
    """The text that answers a question about nobody, in every category in which a summary may be told.

    Raises:
        Problem: `unprocessable` where none may.
    """
    told = [
        category
        for category, decision in decisions.items()
        if isinstance(decision, Permitted) and decision.permit.level >= Level.SUMMARY
    ]
    if not told:
        raise Problem("unprocessable", "text: expected none, as no summary was asked for or may be told.")
    return tuple(Item(category.value, Holding(category, text)) for category in told)


def first_release(by: str, chosen: Sequence[Item], text: str | None) -> FirstRelease:
    """What the first of two persons would release, with nothing of its content."""
    items = tuple((item.id, frozenset(item.holding.fields)) for item in chosen)
    return FirstRelease(by, items, text)


def both_chose(first: FirstRelease, chosen: Sequence[Item], text: str | None) -> tuple[Item, ...]:
    """What two persons would both release: the items each named, with the fields each left in.

    An item's id tells what it says, so that what has changed since the first looked is not among them.

    Raises:
        Problem: `conflict` where each would release a text and they differ.
    """
    if first.text is not None and text is not None and first.text != text:
        raise Problem("conflict", "text: expected the text that the first person signed, or a decline.")
    if (first.text is None) is not (text is None):
        return ()
    signed: dict[str, frozenset[str]] = {}
    for id, fields in first.items:
        signed[id] = signed.get(id, frozenset()) | fields
    return tuple(
        replace(item, holding=_only(item.holding, signed[item.id])) for item in chosen if item.id in signed
    )


def _only(holding: Holding, fields: Collection[str]) -> Holding:
    return replace(holding, fields={name: value for name, value in holding.fields.items() if name in fields})


def attested(decisions: Mapping[Category, Decision]) -> dict[Category, Decision]:
    """Where a person vouches without a system behind them, no more than existence and whom to ring."""
    return {
        category: replace(
            decision, permit=replace(decision.permit, level=min(decision.permit.level, Level.CONTACT))
        )
        if isinstance(decision, Permitted)
        else decision
        for category, decision in decisions.items()
    }


def review_json(review: Review, stored: StoredQuery, site: Site) -> dict[str, Any]:
    query, actor = stored.query, stored.requester.actor
    claim, process = query.exception, query.legal_process
    return {
        "id": review.id,
        "state": review.state,
        "query": stored.id,
        "opened_at": instant(review.opened_at),
        "awaits": list(review.awaits),
        "due": review.due and instant(review.due),
        "signed_by": review.first.by if review.first else None,
        "signed": _signed_json(review.first) if review.first else None,
        "requester": {
            "agency": stored.requester.agency,
            "user": {"id": actor.id, "name": actor.name, "role": actor.role},
            "contact": contact_json(site.agencies[stored.requester.agency]),
        },
        "case": query.case,
        "purpose": query.purpose.value,
        "level": query.level.word,
        "categories": [category.value for category in review.categories],
        "subject": subject_json(query.subject),
        "exception": claim and exception_json(claim),
        "legal_process": process and legal_process_json(process),
        "decided_by": review.decided_by or None,
        "reason": review.reason or None,
    }


def second_look_json(look: SecondLook, stored: StoredQuery, site: Site) -> dict[str, Any]:
    """The concern as the custodian's duty person sees it, and what was done."""
    query, actor = stored.query, stored.requester.actor
    return {
        "id": look.id,
        "state": "open" if look.state in WAITING else look.state,
        "late": look.state == "late",
        "query": stored.id,
        "opened_at": instant(look.opened_at),
        "due": instant(look.due_at),
        "requester": {
            "agency": stored.requester.agency,
            "user": {"id": actor.id, "name": actor.name, "role": actor.role},
            "contact": contact_json(site.agencies[stored.requester.agency]),
        },
        "purpose": query.purpose.value,
        "level": query.level.word,
        "held": [category.value for category in look.categories],
        "subject": subject_json(query.subject),
        "acted_by": look.acted_by or None,
        "acted_at": look.acted_at and instant(look.acted_at),
        "reason": look.words or None,
        "exception": look.finding and exception_json(look.finding),
    }


def _signed_json(first: FirstRelease) -> dict[str, Any]:
    items = [{"id": id, "fields": sorted(fields)} for id, fields in first.items]
    return {"items": items, "text": first.text}


def item_json(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "category": item.holding.category.value,
        "summary": item.holding.summary,
        "fields": dict(item.holding.fields),
        "attested": item.attested,
    }


def permits_json(decisions: Mapping[Category, Decision]) -> list[dict[str, Any]]:
    return [entries.decision_body(category.value, decision) for category, decision in decisions.items()]


def decided_json(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "state": review.state,
        "query": review.query,
        "signed_by": review.first.by if review.first else None,
        "decided_by": review.decided_by or None,
        "reason": review.reason or None,
    }
