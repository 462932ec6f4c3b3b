"""What a review offers to release, item by item, and how it is shown to the custodian's own person. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agreements.permit import Holding
from agreements.terms import Category
from gateway import entries
from gateway.answers import contact_json
from gateway.asking import Gathered
from gateway.awaiting import Review
from gateway.problems import Problem
from gateway.site import Site
from gateway.store.questions import StoredQuery
from gateway.wire.query import exception_json, legal_process_json
from gateway.wire.review import ItemChoice
from gateway.wire.subject import subject_json
from gateway.wire.times import instant
from policies.decision import Decision


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


def chosen_holdings(items: Sequence[Item], chosen: Sequence[ItemChoice]) -> list[Holding]:
    """The holdings named by item, or by category for all of its items; fields cut to those named."""
    holdings = []
    for choice in chosen:
        named = [item for item in items if choice.id in {item.id, item.holding.category.value}]
        exact = [item for item in named if item.id == choice.id and item.id != item.holding.category.value]
        if not named:
            raise Problem("unprocessable", "items: expected ids of items that this review offers.")
        for item in exact or named:
            fields = item.holding.fields
            if choice.fields is not None:
                fields = {name: value for name, value in fields.items() if name in choice.fields}
            holdings.append(replace(item.holding, fields=fields))
    return holdings


def review_json(review: Review, stored: StoredQuery, site: Site) -> dict[str, Any]:
    query, actor = stored.query, stored.requester.actor
    claim, process = query.exception, query.legal_process
    return {
        "id": review.id,
        "state": review.state,
        "query": stored.id,
        "opened_at": instant(review.opened_at),
        "awaits": list(review.awaits),
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
        "decided_by": review.decided_by,
        "reason": review.reason or None,
    }
