"""What is put to a FHIR R4 server and what comes back: searches, Bundles, what the server declares.

Searches go by `POST [base]/[type]/_search` (FHIR R4, 3.1.1.1), so that no identity stands in an address
and so in no server's access log. `Prefer: handling=strict` makes a server refuse a parameter it would
otherwise ignore, and answer more than was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from adapters.client import SourceClient, UnauthenticatedError
from adapters.partner import Fault, SourceError
from adapters.smart import SmartLogin
from adapters.source_json import Json, as_list, as_object, as_text

Resource = dict[str, Json]

_HEADERS: Final[Mapping[str, str]] = {
    "accept": "application/fhir+json",
    "prefer": "handling=strict",
    "cache-control": "no-store",
}
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_VERSION: Final = re.compile(r"4\.[0-3](\.\d+)?")
# What no search of ours asks for: with these a server would be asked for more than the permitted.
_WIDENING: Final = frozenset({"_include", "_revinclude", "_contained", "_containedType", "_has"})
_ESCAPED: Final = re.compile(r"([\\,$|])")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a server's CapabilityStatement says: for each type its search parameters and operations."""

    parameters: Mapping[str, frozenset[str]]
    operations: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """The resources of one search; not `complete` when the cap on pages cut it short."""

    resources: tuple[Resource, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Page:
    matches: tuple[tuple[str, Resource], ...]
    next_link: str
    total: int | None


def literal(value: str) -> str:
    """A value as itself in a search parameter (FHIR R4, 3.1.1.3.1: `,` `$` `|` and `\\` have meanings)."""
    return _ESCAPED.sub(r"\\\1", value)


class FhirSource:
    """One FHIR server, logged in to where it asks for that."""

    def __init__(self, client: SourceClient, login: SmartLogin | None = None) -> None:
        self.client: Final = client
        self._login = login
        self._declared: Declared | None = None

    async def declared(self) -> Declared:
        """The server's CapabilityStatement, read once and again after `forget`."""
        if self._declared is None:
            self._declared = read_capabilities(await self.client.get("/metadata", _HEADERS))
        return self._declared

    def forget(self) -> None:
        """Read the CapabilityStatement anew next time: the server failed and may come back changed."""
        self._declared = None

    async def authenticate(self) -> None:
        if self._login is not None:
            await self._login.token()

    async def search(self, kind: str, form: Sequence[tuple[str, str]], *, pages: int) -> Found:
        """All resources of a type that a search matches, up to a number of pages.

        Raises:
            SourceError: any page was refused, unreadable or led elsewhere; or the server announced more
                than it gave.
        """
        answer = await self._post_search(kind, form)
        found: dict[str, Resource] = {}
        for number in range(1, pages + 1):
            page = read_page(answer, kind)
            _merge(found, page)
            if not page.next_link:
                if page.total is not None and page.total > len(found):
                    raise SourceError(Fault.MALFORMED)
                return Found(tuple(found.values()), complete=True)
            if number < pages:
                answer = await self._turn_page(kind, page.next_link)
        return Found(tuple(found.values()), complete=False)

    async def match(self, patient: Resource, count: int) -> Found:
        """The likeliest people by `Patient/$match` (FHIR R4 operation patient-match), at most `count`.

        Raises:
            SourceError: there was no usable answer.
        """
        question: Json = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "resource", "resource": patient},
                {"name": "onlyCertainMatches", "valueBoolean": False},
                {"name": "count", "valueInteger": count},
            ],
        }
        body = json.dumps(question, ensure_ascii=False).encode()
        sent = {"content-type": "application/fhir+json"}
        answer = await self._send(lambda head: self.client.post("/Patient/$match", body, {**head, **sent}))
        page = read_page(answer, "Patient")
        found: dict[str, Resource] = {}
        _merge(found, page)
        return Found(tuple(found.values()), complete=True)

    async def close(self) -> None:
        if self._login is not None:
            await self._login.close()
        await self.client.close()

    async def _post_search(self, kind: str, form: Sequence[tuple[str, str]]) -> Json:
        return await self._send(lambda head: self.client.post_form(f"/{kind}/_search", form, head))

    async def _turn_page(self, kind: str, link: str) -> Json:
        parts = urlsplit(self.client.locate(link))
        query = parse_qsl(parts.query, keep_blank_values=True)
        if any(key.partition(":")[0] in _WIDENING for key, _ in query):
            raise SourceError(Fault.MISMATCH)
        below = parts.path.removeprefix(urlsplit(self.client.base_url).path)
        if below in (f"/{kind}", f"/{kind}/_search"):
            # The server repeats the search in its link; sent as a form it stays out of the address.
            return await self._post_search(kind, query)
        return await self._send(lambda head: self.client.follow(link, head))

    async def _send(self, call: Callable[[Mapping[str, str]], Awaitable[Json]]) -> Json:
        if self._login is None:
            return await call(_HEADERS)
        token = await self._login.token()
        try:
            return await call({**_HEADERS, "authorization": f"Bearer {token}"})
        except UnauthenticatedError:
            self._login.forget(token)
        token = await self._login.token()
        return await call({**_HEADERS, "authorization": f"Bearer {token}"})


def read_capabilities(answer: Json) -> Declared:
    """Read a CapabilityStatement of FHIR R4.

    Raises:
        SourceError: it is none (`MALFORMED`), or of another version (`MISMATCH`).
    """
    statement = as_object(answer)
    if statement.get("resourceType") != "CapabilityStatement":
        raise SourceError(Fault.MALFORMED)
    if not _VERSION.fullmatch(as_text(statement.get("fhirVersion"))):
        raise SourceError(Fault.MISMATCH)
    parameters: dict[str, frozenset[str]] = {}
    operations: dict[str, frozenset[str]] = {}
    for rest in map(as_object, as_list(statement.get("rest"))):
        if rest.get("mode") != "server":
            continue
        for each in map(as_object, as_list(rest.get("resource"))):
            kind = as_text(each.get("type"))
            parameters[kind] = _names(each.get("searchParam"))
            operations[kind] = frozenset(name.removeprefix("$") for name in _names(each.get("operation")))
    return Declared(parameters, operations)


def _names(declared: Json) -> frozenset[str]:
    return frozenset(as_text(as_object(each).get("name")) for each in as_list(declared))


def read_page(answer: Json, kind: str) -> _Page:
    """Read one page of a search; entries that are no match, or of another type, do not count.

    Raises:
        SourceError: it is no searchset Bundle or reports an error.
    """
    bundle = as_object(answer)
    if bundle.get("resourceType") == "OperationOutcome":
        raise SourceError(Fault.REFUSED)
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "searchset":
        raise SourceError(Fault.MALFORMED)
    matches = [
        each for entry in as_list(bundle.get("entry")) if (each := _read_entry(as_object(entry), kind))
    ]
    links = [as_object(link) for link in as_list(bundle.get("link"))]
    next_links = [as_text(link.get("url")) for link in links if link.get("relation") == "next"]
    if len(next_links) > 1:
        raise SourceError(Fault.MALFORMED)
    total = bundle.get("total")
    if total is not None and (isinstance(total, bool) or not isinstance(total, int) or total < 0):
        raise SourceError(Fault.MALFORMED)
    return _Page(tuple(matches), next_links[0] if next_links else "", total)


def _read_entry(entry: dict[str, Json], kind: str) -> tuple[str, Resource] | None:
    resource = as_object(entry.get("resource"))
    mode = as_object(entry.get("search", {})).get("mode", "match")
    if resource.get("resourceType") == "OperationOutcome":
        _refuse_errors(resource)
        return None
    if mode != "match" or resource.get("resourceType") != kind:
        return None
    identity = as_text(resource.get("id"))
    if not _ID.fullmatch(identity):
        raise SourceError(Fault.MALFORMED)
    return identity, resource


def _refuse_errors(outcome: Resource) -> None:
    severities = {as_object(issue).get("severity") for issue in as_list(outcome.get("issue"))}
    if severities & {"error", "fatal"}:
        raise SourceError(Fault.REFUSED)


def _merge(found: dict[str, Resource], page: _Page) -> None:
    """Count a resource once however often it is given; two contents under one id are no answer."""
    for identity, resource in page.matches:
        if found.setdefault(identity, resource) != resource:
            raise SourceError(Fault.MALFORMED)
