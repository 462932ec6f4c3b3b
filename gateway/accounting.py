"""An account of disclosures about one subject, under a right that says what it lists; and its suspension.

Lines come from the ledger's own payloads, each with its proof. Looking is recorded before anything is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from audit.record import Entry
from gateway.account_lines import Line, LineReader
from gateway.identity import Requester
from gateway.page import Page
from gateway.policy import Policies
from gateway.problems import Problem
from gateway.reads import Reads
from gateway.records import Records
from gateway.retention import Retention
from gateway.site import Site
from gateway.store.account_suspensions import AccountSuspension
from gateway.store.reviews import new_id
from gateway.store.store import Store
from gateway.store.transaction import Transaction
from gateway.wire.accounting import AccountingRequest, SuspensionRequest
from gateway.wire.span import Span
from gateway.wire.times import instant
from policies.accounting import LineKind, Right, accounting_rights, officials

NOTE: Final = "This accounts for what went through the gateway, and for nothing else."
_LONGEST: Final = timedelta(days=5 * 366)
_COLUMNS: Final = ("Date (UTC)", "Recipient", "Contact", "What", "Why", "Basis", "Query", "Ledger entry")


@dataclass(frozen=True, slots=True)
class _Found:
    """A line with its proof, and until when an official has it held back from the subject."""

    line: Line
    proof: dict[str, Any]
    held_back: datetime | None


class Accounting:
    def __init__(
        self, site: Site, policies: Policies, records: Records, store: Store, retention: Retention,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._site = site
        self._policies = policies
        self._records = records
        self._store = store
        self._retention = retention
        self._clock = clock
        self._reads = Reads(records, store, clock)

    async def account(self, reader: Requester, asked: AccountingRequest) -> dict[str, Any]:
        """What the reader's agency told, or asked, about one subject; each line with its proof.

        Under a right named by its id, what that right lists and as far back as it reaches. Under any other
        words, everything. What an official has suspended only `oversight` sees.
        """
        at, right = self._clock(), accounting_rights().get(asked.statute)
        span = _reach(asked.span, right, at)
        seen = {"statute": asked.statute, "on_behalf_of": asked.behalf}
        await self._reads.record(reader, "accounting", seen, asked.subject)
        found = await self._store.read(partial(self._found, agency=reader.agency, asked=asked, span=span))
        kept, left_out = _listed(found, right, to_subject=asked.behalf != "oversight")
        return {
            "agency": reader.agency,
            "agency_name": self._site.agencies[reader.agency].name,
            "statute": asked.statute,
            "citation": right.citation if right else None,
            "title": right.title if right else "Account of disclosures",
            "on_behalf_of": asked.behalf,
            "from": span.start and instant(span.start),
            "to": span.end and instant(span.end),
            "made_at": instant(at),
            "lines": [_shown(one, oversight=asked.behalf == "oversight") for one in kept],
            "left_out": left_out,
            "note": NOTE,
        }

    async def suspend(self, officer: Requester, asked: SuspensionRequest) -> dict[str, Any]:
        """Hold back from a subject's account what was told an official's agency, until a set end.

        Raises:
            Problem: `unprocessable` for an agency whose officials cannot ask for it, for an end that has
                passed or lies too far off, and for more than the rule allows by word of mouth.
        """
        at, until = self._clock(), self._until(asked)
        add = partial(self._suspend, officer=officer, asked=asked, at=at, until=until)
        return suspension_json((await self._store.write(add)).value, at)

    async def suspensions(self, agency: str) -> list[dict[str, Any]]:
        """The agency's own suspensions; whose account each is of is not said."""
        found = await self._store.read(partial(self._records.account_suspensions.of, agency=agency))
        return [suspension_json(one, self._clock()) for one in found]

    def _found(
        self, connection: Connection, agency: str, asked: AccountingRequest, span: Span
    ) -> list[_Found]:
        ledger, at = self._store.ledger, self._clock()
        subjects = self._records.subjects.named(connection, asked.subject)
        stated = self._records.account_suspensions.of(connection, agency, [one.id for one in subjects])
        standing = [one for one in stated if one.until > at]
        reader = LineReader(self._site, self._policies.current, agency)
        found: list[_Found] = []
        for index in ledger.scan(connection, [kept.ledger_key for kept in subjects]):
            payload = ledger.open(connection, index)
            if payload is None or self._retention.is_past(payload, at):
                continue
            lines = [line for line in reader.lines(payload) if span.holds(line.shown)]
            proof = ledger.receipt(connection, index).to_json() if lines else {}
            found += [_Found(line, proof, _held_back(line, standing)) for line in lines]
        return found

    def _until(self, asked: SuspensionRequest) -> datetime:
        at, recipient = self._clock(), self._site.agencies.get(asked.recipient)
        rules = [rule for rule in officials() if recipient and recipient.sector in rule.officials]
        if not rules:
            raise Problem("unprocessable", "recipient: expected an agency whose officials may ask for this.")
        oral = min(rule.oral.after(at) for rule in rules)
        until = asked.until or oral
        if not at < until <= at + _LONGEST:
            raise Problem("unprocessable", "until: expected an end to come, within five years.")
        if asked.form == "oral" and until > oral:
            raise Problem("unprocessable", "until: expected at most 30 days after an oral statement.")
        return until

    def _suspend(
        self, transaction: Transaction, officer: Requester, asked: SuspensionRequest, at: datetime,
        until: datetime,
    ) -> AccountSuspension:  # fmt: skip
        connection = transaction.connection
        kept = self._records.subjects.keep(connection, asked.subject)
        suspension = AccountSuspension(
            new_id("sus"), kept.id, officer.agency, asked.recipient, asked.form, asked.official,
            asked.statement, at, until,
        )  # fmt: skip
        self._records.account_suspensions.add(connection, suspension)
        body = {
            "suspension": suspension.id,
            "by": officer.agency,
            "user": officer.actor.id,
            "official_of": asked.recipient,
            "form": asked.form,
            "until": instant(until),
        }
        transaction.record(Entry("accounting-suspended", at, kept.ledger_key, body))
        return suspension


def suspension_json(suspension: AccountSuspension, at: datetime) -> dict[str, Any]:
    return {
        "id": suspension.id,
        "agency": suspension.agency,
        "recipient": suspension.recipient,
        "form": suspension.form,
        "official": suspension.official,
        "at": instant(suspension.at),
        "until": instant(suspension.until),
        "standing": suspension.until > at,
    }


def account_page(account: dict[str, Any]) -> Page:
    """An account as a page to hand over."""
    facts = [
        ("Made by", account["agency_name"]),
        ("Made at", account["made_at"]),
        ("Under", account["citation"] or account["statute"] or "no statute named"),
        ("From", account["from"] or "the beginning"),
        ("To", account["to"] or "now"),
    ]
    rows = [
        (
            line["at"][:16].replace("T", " "),
            line["recipient_name"],
            line["recipient_contact"] or "",
            line["in_words"]["what"],
            line["in_words"]["why"],
            line["in_words"]["basis"],
            line["query"] or "",
            f"{line['proof']['index']} {line['proof']['leaf_hash']}",
        )
        for line in account["lines"]
    ]
    left = [f"Not listed: {one['number']} {one['text']} ({one['citation']})." for one in account["left_out"]]
    proof = "Each line's proof is in the JSON form of this account; python -m audit.verify checks it offline."
    return Page(account["title"], facts, _COLUMNS, rows, [*left, account["note"], proof])


def _reach(span: Span, right: Right | None, at: datetime) -> Span:
    """The time asked for, no further back than the right reaches; to the day, on the side of telling more."""
    if right is None or right.looks_back is None:
        return span
    first = at.replace(year=max(1, at.year - right.looks_back.months // 12), day=min(at.day, 28))
    return replace(span, start=max(span.start or first, first))


def _held_back(line: Line, standing: Sequence[AccountSuspension]) -> datetime | None:
    ends = [one.until for one in standing if one.recipient == line.shown["recipient"]]
    return max(ends, default=None)


def _listed(
    found: Iterable[_Found], right: Right | None, *, to_subject: bool
) -> tuple[list[_Found], list[dict[str, Any]]]:
    """What is listed, and how much each rule leaves out. Of what is suspended the subject hears nothing."""
    kept: list[_Found] = []
    left: Counter[tuple[str, str]] = Counter()
    for one in found:
        if to_subject and one.held_back:
            continue
        if right is None:
            kept += [one] if one.line.listed.kind is not LineKind.REQUEST else []
        elif right.reaches(one.line.listed):
            rule = right.omits(one.line.listed, to_subject=to_subject)
            if rule is None:
                kept.append(one)
            elif not rule.subject_only:
                left[rule.citation, rule.text] += 1
    return kept, [{"citation": key[0], "text": key[1], "number": number} for key, number in left.items()]


def _shown(one: _Found, *, oversight: bool) -> dict[str, Any]:
    more = {"held_back_until": one.held_back and instant(one.held_back)} if oversight else {}
    return {**one.line.shown, **more, "proof": one.proof}
