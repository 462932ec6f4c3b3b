"""Where the story plays: the agencies' systems, each calling the served county over HTTP as itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.agency_client import AgencyClient, Reply
from gateway.demo.county import County
from gateway.demo.officials import AGENCY_NAMES, Official
from gateway.demo.telling import Telling, reason_code
from gateway.identity_keys import SigningKey

Found = dict[str, str]
"""What a step found, by what it was about; held against what was expected."""


class UnexpectedReplyError(Exception):
    """The gateway answered with another status than the story can go on from."""


@dataclass(slots=True)
class Stage:
    county: County
    url: str
    issuer: str
    today: date
    telling: Telling
    kept: dict[str, Any] = field(default_factory=dict)
    """What a later step needs of an earlier one: ids, mostly."""
    receipts: list[dict[str, Any]] = field(default_factory=list)
    _clients: dict[str, AgencyClient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for agency in AGENCY_NAMES:
            key = SigningKey.from_pem(self.county.key_of(agency).read_bytes())
            self._clients[agency] = AgencyClient(self.url, self.issuer, agency, key)

    def call(self, who: Official, method: str, path: str, body: Any = None) -> Reply:
        """Call as somebody; whatever the gateway answers."""
        return self._clients[who.agency].call(method, path, body, user=who.id, role=who.role)

    def get(self, who: Official, path: str) -> Any:
        return _good(self.call(who, "GET", path))

    def post(self, who: Official, path: str, body: Any) -> Any:
        return _good(self.call(who, "POST", path, body))

    def ask(self, who: Official, query: Mapping[str, Any]) -> Reply:
        """Ask, telling the question and every answer, and keep the receipts."""
        self.telling.question(who, query)
        reply = self.call(who, "POST", "/v1/queries", {**query, "user": who.user})
        if reply.good:
            self.show(reply.body)
        else:
            self.telling.problem(reply.status, reply.body)
        return reply

    def asked(self, who: Official, query: Mapping[str, Any]) -> Any:
        """Ask what is sure to be taken in; the answers."""
        return _good(self.ask(who, query))

    def read_again(self, who: Official, query_id: str) -> Any:
        """Read the answers to an earlier query as they are now."""
        body = self.get(who, f"/v1/queries/{query_id}")
        self.show(body)
        return body

    def show(self, body: Mapping[str, Any]) -> None:
        self.telling.answers(body["answers"])
        self.receipts += [answer["receipt"] for answer in body["answers"]]


def _good(reply: Reply) -> Any:
    if not reply.good:
        raise UnexpectedReplyError(f"{reply.status} {reply.body['code']}: {reply.body.get('detail')}")
    return reply.body


def outcomes(body: Mapping[str, Any]) -> Found:
    """What came back, in a few words for each custodian and category; what no clause covers is counted."""
    found: Found = {}
    uncovered = 0
    for answer in body["answers"]:
        for category in answer["categories"]:
            if reason_code(answer) == "no-clause":
                uncovered += 1
            else:
                found[f"{answer['custodian']} on {category}"] = outcome(answer)
    return found | ({"covered by no clause": str(uncovered)} if uncovered else {})


def outcome(answer: Mapping[str, Any]) -> str:
    if answer["result"] == "information-held":
        return f"held, told at {answer['level']}, by {answer['basis']['kind']}"
    if answer["result"] == "refused":
        return f"refused, {reason_code(answer)}"
    return str(answer["result"] or answer["state"])
