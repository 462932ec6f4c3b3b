"""What is put to a OneRoster 1.2 server and what comes back: pages, filters, fields, each under its scope.

Source: 1EdTech OneRoster 1.2 Rostering Service REST/JSON Binding. Real servers keep it in part: they cap
`limit`, give no total, ignore filters or fields, or refuse them. So how a server behaves is learnt from
its own records before anything rests on it, and every filtered answer is held against its filter.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from adapters.client import SourceClient, UnauthenticatedError, together
from adapters.names import fold
from adapters.oneroster_login import Login
from adapters.oneroster_people import Reading, Record, is_addressable, read_day, values_at
from adapters.partner import Fault, SourceError
from adapters.source_json import Json, as_list, as_object

LIMIT: Final = 100
"""Records asked for in a page: what the standard names as the default, and no server refuses."""

MAX_PAGES: Final = 100

_WAVE: Final = 8
# No one way to write a quotation mark inside a filter's value is given by the standard or kept by servers.
_UNWRITABLE: Final = "'\\"
_HEADERS: Final[Mapping[str, str]] = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of record: its path, the names its lists and single records stand under, and what is read.

    `proven` are the properties its filters are used on, once the server has shown to honour them.
    """

    path: str
    many: tuple[str, ...]
    one: tuple[str, ...]
    fields: tuple[str, ...]
    proven: tuple[str, ...] = ()
    is_demographic: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of a filter. A value that the standard has no way to write is searched by a part."""

    path: str
    value: str

    def __str__(self) -> str:
        return f"{self.path}='{self.value}'" if self._is_writable else f"{self.path}~'{self._part()}'"

    def holds(self, record: Record) -> bool:
        """Whether a record fits, as loosely as a server's own comparison of texts may be."""
        if self.path == "birthDate":
            return read_day(Reading(record).text(self.path)) == read_day(self.value)
        if self.path == "userIds.identifier":
            held = [Reading(each).text("identifier") for each in Reading(record).objects("userIds")]
        else:
            held = [Reading(record).text(self.path)]
        if self._is_writable:
            return any(fold(each) == fold(self.value) for each in held)
        return any(fold(self._part()) in fold(each) for each in held)

    @property
    def _is_writable(self) -> bool:
        return self.value.isprintable() and not set(_UNWRITABLE) & set(self.value)

    def _part(self) -> str:
        """The longest part of the value that can be written."""
        kept = (c if c.isprintable() and c not in _UNWRITABLE else "\n" for c in self.value)
        return max("".join(kept).split("\n"), key=len).strip()


@dataclass(frozen=True, slots=True)
class Filter:
    """At most two terms, as many as a server must understand: all of them must hold, or `any_of` them."""

    terms: tuple[Term, ...]
    any_of: bool = False

    def __str__(self) -> str:
        return (" OR " if self.any_of else " AND ").join(map(str, self.terms))

    def holds(self, record: Record) -> bool:
        told = (term.holds(record) for term in self.terms)
        return any(told) if self.any_of else all(told)


@dataclass(frozen=True, slots=True)
class Found:
    """Records of one search; not `complete` when the cap on pages cut it short."""

    records: tuple[Record, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Manners:
    """How a server treats one collection: its longest page, whether it selects fields, which filters hold."""

    page: int
    selects: bool
    honours: frozenset[str]


class RosterServer:
    """One OneRoster server; `core` and `demographics` are the logins for its two scopes, if it has any."""

    def __init__(
        self, client: SourceClient, core: Login | None = None, demographics: Login | None = None
    ) -> None:
        self._client = client
        self._core = core
        self._demographics = demographics
        self._manners: dict[Collection, _Manners] = {}
        self._turns: defaultdict[Collection, asyncio.Lock] = defaultdict(asyncio.Lock)

    def forget(self) -> None:
        """Learn anew how the server behaves: it failed and may come back changed."""
        self._manners.clear()

    async def honours(self, kind: Collection, paths: Iterable[str]) -> bool:
        """Whether the server has shown that it filters a collection by all of these properties."""
        return set(paths) <= (await self._learnt(kind)).honours

    async def search(self, kind: Collection, asked: Filter | None = None) -> Found:
        """All records of a collection that fit a filter, up to `MAX_PAGES` pages.

        Raises:
            SourceError: a page was refused or unreadable, did not fit the filter (`MISMATCH`), or came
                again and again (`MALFORMED`).
        """
        manners = await self._learnt(kind)
        found: dict[tuple[str, str], Record] = {}
        number, wave = 0, 1
        while number < MAX_PAGES:
            asks = [
                self._page(kind, manners, at * manners.page, asked) for at in range(number, number + wave)
            ]
            pages = await together(asks)
            fresh = _merge(found, pages)
            if len(pages[-1]) < manners.page or (not fresh and len(pages[-1]) > LIMIT):
                return Found(tuple(found.values()), complete=True)
            if not fresh:
                raise SourceError(Fault.MALFORMED)
            number += wave
            wave = 1 if len(pages[-1]) > LIMIT else min(2 * wave, _WAVE, MAX_PAGES - number)
        return Found(tuple(found.values()), complete=False)

    async def one(self, kind: Collection, sourced_id: str, fields: Sequence[str]) -> Record:
        """The record with an id, as far as the server selects only these fields.

        Raises:
            SourceError: there is none (`REFUSED`), or another one came (`MISMATCH`).
        """
        if not is_addressable(sourced_id):
            raise SourceError(Fault.MALFORMED)
        selects = (await self._learnt(kind)).selects
        query = f"?{_query([('fields', ','.join(fields))])}" if selects else ""
        answer = as_object(await self._get(kind, f"{kind.path}/{quote(sourced_id, safe='')}{query}"))
        for root in (*kind.one, *kind.many):
            if root in answer:
                inside = answer[root]
                record = as_object(inside[0] if isinstance(inside, list) and len(inside) == 1 else inside)
                if Reading(record).text("sourcedId") != sourced_id:
                    raise SourceError(Fault.MISMATCH)
                return record
        raise SourceError(Fault.MALFORMED)

    async def answers(self, kind: Collection) -> None:
        """Raises:
        SourceError: we cannot log in for both scopes, or a collection cannot be read.
        """
        for login in filter(None, (self._core, self._demographics)):
            await login.token()
        _records(await self._get(kind, f"{kind.path}?{_query([('limit', '1'), ('offset', '0')])}"), kind)

    async def close(self) -> None:
        for login in filter(None, (self._core, self._demographics)):
            await login.close()
        await self._client.close()

    async def _learnt(self, kind: Collection) -> _Manners:
        """How the server treats a collection; learnt once, however many ask at the same time."""
        async with self._turns[kind]:
            return self._manners.get(kind) or await self._learn(kind)

    async def _learn(self, kind: Collection) -> _Manners:
        """Learn from the collection's own first page; from an empty one there is nothing to learn."""
        unproven = _Manners(LIMIT, selects=True, honours=frozenset())
        try:
            first = await self._page(kind, unproven, 0, None)
        except SourceError as error:
            if error.fault is not Fault.REFUSED:
                raise
            unproven = _Manners(LIMIT, selects=False, honours=frozenset())
            first = await self._page(kind, unproven, 0, None)
        capped = 0 < len(first) < LIMIT and await self._goes_on(kind, unproven, first)
        page = len(first) if capped else LIMIT
        shown = await together(self._shows(kind, unproven, path, first) for path in kind.proven)
        honoured = frozenset(path for path, held in zip(kind.proven, shown, strict=True) if held)
        manners = _Manners(page, unproven.selects, honoured)
        if first:
            self._manners[kind] = manners
        return manners

    async def _goes_on(self, kind: Collection, manners: _Manners, first: Sequence[Record]) -> bool:
        """Whether a page shorter than asked for is not the last one."""
        found: dict[tuple[str, str], Record] = {}
        _merge(found, [first])
        return bool(_merge(found, [await self._page(kind, manners, len(first), None)]))

    async def _shows(self, kind: Collection, manners: _Manners, path: str, first: Sequence[Record]) -> bool:
        """Whether a filter by a property finds a record that is there, and nothing that does not fit."""
        sample = next((term for each in first if (term := _sample(each, path)) is not None), None)
        if sample is None:
            return False
        try:
            page = await self._page(kind, manners, 0, Filter((sample,)))
        except SourceError as error:
            if error.fault in (Fault.REFUSED, Fault.MISMATCH):
                return False
            raise
        return bool(page)

    async def _page(
        self, kind: Collection, manners: _Manners, offset: int, asked: Filter | None
    ) -> list[Record]:
        query = [("limit", str(LIMIT)), ("offset", str(offset))]
        if manners.selects:
            query.append(("fields", ",".join(kind.fields)))
        if asked is not None:
            query.append(("filter", str(asked)))
        page = _records(await self._get(kind, f"{kind.path}?{_query(query)}"), kind)
        if asked is not None and not all(map(asked.holds, page)):
            raise SourceError(Fault.MISMATCH)
        return page

    async def _get(self, kind: Collection, path: str) -> Json:
        login = self._demographics if kind.is_demographic else self._core
        return await _logged_in(login, lambda head: self._client.get(path, head))


async def _logged_in(login: Login | None, call: Callable[[Mapping[str, str]], Awaitable[Json]]) -> Json:
    """Make a call with a token, once more with a new one if the server no longer honours it."""
    if login is None:
        return await call(_HEADERS)
    token = await login.token()
    try:
        return await call({**_HEADERS, "authorization": f"Bearer {token}"})
    except UnauthenticatedError:
        login.forget(token)
    token = await login.token()
    return await call({**_HEADERS, "authorization": f"Bearer {token}"})


def _records(answer: Json, kind: Collection) -> list[Record]:
    """The records of a page, under whichever of its names the server gives them."""
    members = as_object(answer)
    names = [name for name in kind.many if name in members]
    if len(names) != 1:
        raise SourceError(Fault.MALFORMED)
    return [as_object(each) for each in as_list(members[names[0]])]


def _merge(found: dict[tuple[str, str], Record], pages: Iterable[Sequence[Record]]) -> bool:
    """Add records not seen before and say whether there were any; two contents of one id are both kept."""
    before = len(found)
    for page in pages:
        for each in page:
            found.setdefault((Reading(each).text("sourcedId"), repr(each)), each)
    return len(found) > before


def _sample(record: Record, path: str) -> Term | None:
    """A term that this record fits, if it says enough for one."""
    read = Reading(record)
    head, _, kind = path.partition(".")
    if head == "userIds":
        values = [Reading(each).text("identifier") for each in read.objects(head)]
    else:
        values = values_at(read, path) if not kind else []
    if path == "birthDate":
        values = [day.isoformat() for each in values if (day := read_day(each)) is not None]
    return Term(path, values[0]) if values and values[0] else None


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(pairs, quote_via=quote, safe=",")
