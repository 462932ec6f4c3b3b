"""What is put to a JSON API and what comes back: calls with their slots filled, lists page by page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from adapters.client import SourceClient, UnauthenticatedError
from adapters.partner import Fault, SourceError
from adapters.rest_login import Headers, Login, place
from adapters.rest_mapping import (
    Cursor,
    ErrorShape,
    Listing,
    Method,
    NextLink,
    Offsets,
    PageNumbers,
    Paging,
    Request,
    Template,
)
from adapters.rest_pick import Pick, word_of
from adapters.source_json import Json, as_object

Record = dict[str, Json]
Values = Mapping[str, str]
Extra = Mapping[str, "str | int"]

_HEADERS: Final[Headers] = {"accept": "application/json", "cache-control": "no-store"}
_LONGEST_CURSOR: Final = 2048
_NOTHING: Final[Sequence[Json]] = ("", False, [], {})


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a list; not `complete` when the cap on pages cut it short."""

    records: tuple[Record, ...]
    complete: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class _Link:
    url: str


_Turn = Extra | _Link


class RestSource:
    """One JSON API, logged in to where it asks for that."""

    def __init__(self, client: SourceClient, login: Login, errors: Sequence[ErrorShape]) -> None:
        self.client: Final = client
        self._login = login
        self._errors = errors

    async def document(
        self,
        request: Request,
        values: Values,
        *,
        more: Mapping[str, Template] | None = None,
        extra: Extra | None = None,
        select: Iterable[str | None] = (),
    ) -> Json:
        """The answer to one call.

        `values` fill the slots, `more` are further templates, `extra` are set as they are; the last two
        go where the call's own parameters go. `select` names the members wanted, None for all of them.

        Raises:
            SourceError: there was no usable answer.
        """
        parameters = dict(_filled(more or {}, values)) | dict(extra or {})
        query = dict(_filled(request.query, values))
        query |= _selected(request, select)
        if request.method is Method.GET:
            return await self._get(_path(request, values), {**query, **parameters})
        body: Record = {}
        for name, value in {**dict(_filled(request.body, values)), **parameters}.items():
            place(body, name, value)
        return await self._post(_path(request, values), query, body)

    async def read_list(
        self,
        listing: Listing,
        values: Values,
        *,
        pages: int,
        more: Mapping[str, Template] | None = None,
        select: Iterable[str | None] = (),
    ) -> Found:
        """All records of a list, up to a number of pages.

        Raises:
            SourceError: any page was refused, unreadable or led elsewhere.
        """
        wanted = list(select)
        records: list[Record] = []
        turn: _Turn | None = first_turn(listing.paging)
        for number in range(pages):
            answer = await self._page(listing.request, values, turn, more, wanted)
            page = items_of(answer, listing.items)
            records += page
            turn = next_turn(listing.paging, answer, number, len(page), len(records))
            if turn is None:
                return Found(tuple(records), complete=True, total=total_of(listing.paging, answer))
        return Found(tuple(records), complete=False)

    async def health(self, path: str) -> None:
        """Make a call about nobody.

        Raises:
            SourceError: there was no usable answer.
        """
        await self._get(path, {})

    async def close(self) -> None:
        await self._login.close()
        await self.client.close()

    async def _page(
        self,
        request: Request,
        values: Values,
        turn: _Turn | None,
        more: Mapping[str, Template] | None,
        select: Iterable[str | None],
    ) -> Json:
        if isinstance(turn, _Link):
            link = turn.url
            return await self._send(lambda headers: self.client.follow(link, headers))
        return await self.document(request, values, more=more, extra=turn, select=select)

    async def _get(self, path: str, query: Extra) -> Json:
        address = f"{path}?{urlencode(query, quote_via=quote)}" if query else path
        return await self._send(lambda headers: self.client.get(address, headers))

    async def _post(self, path: str, query: Extra, body: Record) -> Json:
        address = f"{path}?{urlencode(query, quote_via=quote)}" if query else path
        content = json.dumps(body, ensure_ascii=False).encode()
        sent = {"content-type": "application/json"}
        return await self._send(lambda headers: self.client.post(address, content, {**headers, **sent}))

    async def _send(self, call: Callable[[Headers], Awaitable[Json]]) -> Json:
        headers = await self._login.headers()
        try:
            answer = await call({**_HEADERS, **headers})
        except UnauthenticatedError:
            if not self._login.forget(headers):
                raise
            answer = await call({**_HEADERS, **await self._login.headers()})
        if any(_is_error(shape, answer) for shape in self._errors):
            raise SourceError(Fault.REFUSED)
        return answer


def items_of(answer: Json, items: Pick | None) -> list[Record]:
    """The objects of a list in an answer.

    Raises:
        SourceError: there is no array, or something else in it (`MALFORMED`).
    """
    found = [answer] if items is None else items.find(answer)
    array = found[0] if len(found) == 1 else None
    if not isinstance(array, list):
        raise SourceError(Fault.MALFORMED)
    return [as_object(each) for each in array]


def first_turn(paging: Paging | None) -> Extra | None:
    """The parameters of the first page."""
    if isinstance(paging, PageNumbers):
        return {paging.page: paging.first, paging.size: paging.of}
    if isinstance(paging, Offsets):
        return {paging.offset: 0, paging.limit: paging.of}
    if isinstance(paging, Cursor) and paging.size is not None:
        return {paging.size: paging.of}
    return None


def next_turn(paging: Paging | None, answer: Json, number: int, got: int, seen: int) -> _Turn | None:
    """How to go on after a page: its `number` from 0, its length, the length of all so far.

    Without a total the list ends with an empty page: a short one may only be the source's own cap.

    Raises:
        SourceError: the list ends before its total is reached, or the next page is no text (`MALFORMED`).
    """
    if paging is None:
        return None
    if isinstance(paging, NextLink):
        link = _next_text(paging.next, answer)
        return None if link is None else _Link(link)
    if isinstance(paging, Cursor):
        cursor = _next_text(paging.next, answer)
        return None if cursor is None else {**(first_turn(paging) or {}), paging.parameter: cursor}
    total = total_of(paging, answer)
    if total is not None and got == 0 and seen < total:
        raise SourceError(Fault.MALFORMED)
    if (got == 0) if total is None else (seen >= total):
        return None
    if isinstance(paging, PageNumbers):
        return {paging.page: paging.first + number + 1, paging.size: paging.of}
    return {paging.offset: seen, paging.limit: paging.of}


def total_of(paging: Paging | None, answer: Json) -> int | None:
    """How many records the source says there are, where the mapping says it does.

    Raises:
        SourceError: it should say so and does not (`MALFORMED`).
    """
    if not isinstance(paging, PageNumbers | Offsets) or paging.total is None:
        return None
    found = paging.total.find(answer)
    total = found[0] if len(found) == 1 else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise SourceError(Fault.MALFORMED)
    return total


def unique(records: Iterable[Record], key: Pick) -> dict[str, Record]:
    """Records by their keys; one given twice counts once.

    Raises:
        SourceError: two contents under one key, or a record without a usable key (`MALFORMED`).
    """
    found: dict[str, Record] = {}
    for record in records:
        if found.setdefault(key_of(record, key), record) != record:
            raise SourceError(Fault.MALFORMED)
    return found


def key_of(record: Json, key: Pick) -> str:
    """A record's key as text.

    Raises:
        SourceError: it has none, or several (`MALFORMED`).
    """
    found = key.find(record)
    if len(found) != 1 or isinstance(found[0], bool):
        raise SourceError(Fault.MALFORMED)
    word = word_of(found[0])
    if not word or len(word) > 128 or word.strip(".") == "":
        raise SourceError(Fault.MALFORMED)
    return word


def _next_text(pick: Pick, answer: Json) -> str | None:
    found = [each for each in pick.find(answer) if each not in _NOTHING]
    if not found:
        return None
    word = word_of(found[0])
    if len(found) > 1 or word is None or len(word) > _LONGEST_CURSOR:
        raise SourceError(Fault.MALFORMED)
    return word


def _path(request: Request, values: Values) -> str:
    path = request.path.fill({name: quote(value, safe="") for name, value in values.items()})
    if path is None:
        raise SourceError(Fault.MISMATCH)
    return path


def _filled(templates: Mapping[str, Template], values: Values) -> Iterator[tuple[str, str]]:
    """The templates all of whose slots can be filled; callers make no call where a needed one cannot."""
    for name, template in templates.items():
        if (text := template.fill(values)) is not None:
            yield name, text


def _selected(request: Request, select: Iterable[str | None]) -> dict[str, str]:
    members = list(dict.fromkeys(select))
    if request.select is None or not members or None in members:
        return {}
    return {request.select: ",".join(each for each in members if each is not None)}


def _is_error(shape: ErrorShape, answer: Json) -> bool:
    try:
        found = shape.at.find(answer)
    except SourceError:
        # The answer is of another shape altogether; what reads it will say so.
        return False
    return any(each not in _NOTHING and word_of(each) not in shape.unless for each in found)
