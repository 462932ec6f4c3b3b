"""A JSON API unlike Primero's, made up: a key in a header, searches in bodies, cursors, errors under 200."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agreements.permit import Holding
from agreements.subject import Address, CommunicationIdentity, PersonIdentity, VenueIdentity
from tests.contracts.adapter_contract import Held, World

KEY: Final = "k-2f6d1c0b9a"

_PEOPLE: Final = """
schema: 1
auth: {kind: key, header: X-Api-Key}
health: /v3/status
errors:
  - {at: status, unless: [ok]}
people:
  items: result.hits
  paging: {kind: cursor, parameter: page.cursor, next: result.next, size: page.limit, of: 25}
  searches:
    - path: /v3/people/search
      method: POST
      body: {criteria.born: "{birth_date}"}
      narrower: {criteria.family: "{family_name}"}
    - path: /v3/people/search
      method: POST
      body: {criteria.id.type: MRN, criteria.id.value: "{identifier}"}
      system: urn:mrn
    - path: /v3/people/search
      method: POST
      body: {criteria.name: "{family_name}|{given_name}"}
      when: unmatched
  key: ref.no
  person:
    family_name: profile.names[?use=official].family
    given_name: profile.names[?use=official].given
    birth_date: profile.born
    dates: DD/MM/YYYY
    identifiers:
      - {system: urn:mrn, value: "ids[?type=MRN].value"}
    other_names:
      - {each: "profile.names[?use=former]", family_name: family, given_name: given}
  categories:"""


def mapping() -> str:
    """The mapping file for this API."""

    def category(subjects: str, kind: str, fields: str) -> str:
        return f"""
    {kind}:
      request:
        path: /v3/{subjects}/{{id}}/entries
        query: {{kind: {kind}}}
        items: result.hits
        paging: {{kind: cursor, parameter: cursor, next: result.next}}
        subject: about.no
        key: entry
      where: {{kind: [{kind}]}}
      summary: [told]
      fields: {fields}"""

    contact = "{incident_number: details.incident_number, occurred_on: details.occurred_on}"
    history = (
        "{statute: details.statute, disposition: details.disposition, counts: details.counts, "
        "fine: details.fine}"
    )
    people = "".join(
        [
            category("people", "police-contact", contact),
            category("people", "criminal-history", history),
            category("people", "intelligence", "{grading: details.grading}"),
        ]
    )
    return (
        _PEOPLE
        + people
        + """
venues:
  items: result.hits
  searches:
    - {path: /v3/places/search, method: POST, body: {text: "{name}"}}
  key: ref.no
  venue:
    name: profile.title
    address: {line: profile.street, city: profile.town}
  categories:"""
        + category("places", "police-contact", contact)
        + """
communications:
  items: result.hits
  searches:
    - {path: /v3/messages/search, method: POST, body: {handle: "{handle}"}}
  key: ref.no
  communication: {channel: profile.channel, handle: profile.handle}
  record: {path: "/v3/messages/{id}", item: result}
  categories:
    intelligence:
      rows: entries[?kind=intelligence]
      summary: [told]
      fields: {grading: details.grading}
"""
    )


class Registry:
    """A world served on loopback; `asked` are the addresses and bodies of the calls so far."""

    def __init__(self, world: World, crowd: int = 0) -> None:
        self.base_url = ""
        self.asked: list[tuple[str, str]] = []
        people = [held for held in world.everybody() if isinstance(held.identity, PersonIdentity)]
        born = people[0].identity
        assert isinstance(born, PersonIdentity)
        people += [Held(PersonIdentity(f"Crowd{_letters(n)}", "Pat", born.birth_date)) for n in range(crowd)]
        self._held: dict[str, list[Held]] = {
            "people": people,
            "places": [held for held in (world.venue,) if held is not None],
            "messages": [held for held in (world.communication,) if held is not None],
        }

    @contextmanager
    def running(self) -> Iterator[Registry]:
        listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/registry"
        settings = uvicorn.Config(
            self.app(), log_level="warning", access_log=False, lifespan="off", ws="none"
        )
        server = uvicorn.Server(settings)
        serve = server.serve(sockets=[listener])
        thread = threading.Thread(target=asyncio.run, args=(serve,), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(timeout=5)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/registry/v3/status", self._guarded(lambda *_: {"up": True})),
                Route("/registry/v3/{kind}/search", self._guarded(self._search), methods=["POST"]),
                Route("/registry/v3/{kind}/{no:int}", self._guarded(self._show)),
                Route("/registry/v3/{kind}/{no:int}/entries", self._guarded(self._entries)),
            ]
        )

    def _guarded(self, answer: Callable[[Request, dict[str, Any]], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            content = (await request.body()).decode()
            self.asked.append((str(request.url), content))
            if request.headers.get("x-api-key") != KEY:
                return JSONResponse({"status": "error", "reason": "key"})
            body: dict[str, Any] = json.loads(content) if content else {}
            return JSONResponse({"status": "ok", "result": answer(request, body)})

        return endpoint

    def _search(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        kind = request.path_params["kind"]
        tests: dict[str, Callable[[Held, dict[str, Any]], bool]] = {
            "people": _is_person,
            "places": _is_place,
            "messages": _is_message,
        }
        found = [no for no, held in enumerate(self._held[kind], 1) if tests[kind](held, body)]
        page = body.get("page", {})
        start, size = int(page.get("cursor", "0")), min(page.get("limit", 50), 20)
        hits = [{"ref": {"no": no}, **_shown(self._held[kind][no - 1])} for no in found[start : start + size]]
        more = str(start + size) if start + size < len(found) else None
        return {"hits": hits, "next": more}

    def _show(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        no = request.path_params["no"]
        held = self._held[request.path_params["kind"]][no - 1]
        return {"ref": {"no": no}, "entries": [_entry(no, at, each) for at, each in enumerate(held.holdings)]}

    def _entries(self, request: Request, _: dict[str, Any]) -> dict[str, Any]:
        no, kind = request.path_params["no"], request.query_params["kind"]
        start = int(request.query_params.get("cursor", "0"))
        held = self._held[request.path_params["kind"]][no - 1].holdings
        of_kind = [_entry(no, at, each) for at, each in enumerate(held) if each.category.value == kind]
        return {
            "hits": of_kind[start : start + 1],
            "next": str(start + 1) if start + 1 < len(of_kind) else "",
        }


def _entry(no: int, at: int, holding: Holding) -> dict[str, Any]:
    told = {"kind": holding.category.value, "told": holding.summary, "details": dict(holding.fields)}
    return {"entry": f"{no}-{at}", "about": {"no": no}, **told}


def _shown(held: Held) -> dict[str, Any]:
    identity = held.identity
    if isinstance(identity, PersonIdentity):
        name = {"use": "official", "family": identity.family_name, "given": identity.given_name}
        former = [
            {"use": "former", "family": family, "given": given} for family, given in identity.other_names
        ]
        ids = [{"type": "MRN", "value": each.value} for each in identity.identifiers]
        born = None if identity.birth_date is None else identity.birth_date.strftime("%d/%m/%Y")
        return {"profile": {"names": [*former, name], "born": born}, "ids": ids}
    if isinstance(identity, VenueIdentity):
        address = identity.address or Address()
        return {"profile": {"title": identity.name, "street": address.line, "town": address.city}}
    return {"profile": {"channel": identity.channel, "handle": identity.handle}}


def _is_person(held: Held, body: dict[str, Any]) -> bool:
    identity = held.identity
    criteria = body["criteria"]
    assert isinstance(identity, PersonIdentity)
    tests = []
    if "born" in criteria:
        born = identity.birth_date
        tests.append(born is not None and born.strftime("%d/%m/%Y") == criteria["born"])
    if "family" in criteria:
        tests.append(identity.family_name.casefold() == criteria["family"].casefold())
    if "name" in criteria:
        tests.append(
            f"{identity.family_name}|{identity.given_name}".casefold() == criteria["name"].casefold()
        )
    if "id" in criteria:
        tests.append(criteria["id"]["value"] in {each.value for each in identity.identifiers})
    return bool(tests) and all(tests)


def _is_place(held: Held, body: dict[str, Any]) -> bool:
    assert isinstance(held.identity, VenueIdentity)
    return bool(set(held.identity.name.casefold().split()) & set(body["text"].casefold().split()))


def _is_message(held: Held, body: dict[str, Any]) -> bool:
    assert isinstance(held.identity, CommunicationIdentity)
    return held.identity.handle.casefold() == str(body["handle"]).casefold()


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")
