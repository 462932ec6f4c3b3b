"""Riverside County as a site that runs: its folder, the gateway over it, and its agencies' own systems.

`county_in_process` drives the real application over ASGI with a clock that the test moves;
`county_served` starts `gateway serve` and talks to it over a socket. Tests use both through `County`.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import httpx
import yaml

from gateway.app import Running
from gateway.identity import ASSERTION_TYPE
from gateway.identity_keys import SigningKey, client_assertion, new_signing_key, public_jwks
from gateway.settings import Settings
from tests import county_terms as terms
from tests.county_terms import DANIEL, HEALTH, ISSUER, PD

NOW: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ONE_KEY_FOR_ALL: Final = new_signing_key()
"""Agencies of a test may share a key: a token names its agency all the same."""

Json = dict[str, Any]


class _Plain(yaml.SafeDumper):
    """YAML as a person writes it: the site's own readers take no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML's own signature
        return True


def as_yaml(document: Json) -> str:
    return yaml.dump(document, Dumper=_Plain, sort_keys=False)


@dataclass(slots=True)
class StandingClock:
    """A clock that moves when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Folder:
    """A site's folder and the private keys of its agencies' systems."""

    path: Path
    keys: Mapping[str, SigningKey]

    @property
    def database(self) -> Path:
        return self.path / "gateway.db"

    def write_agreement(self, document: Json) -> Path:
        path = self.path / "agreements" / f"{document['id']}.yaml"
        path.write_text(as_yaml(document))
        return path

    def write_holdings(self, agency: str, subjects: list[Json]) -> None:
        (self.path / "data" / f"{agency}.json").write_text(json.dumps({"subjects": subjects}))


def make_folder(
    path: Path,
    at: datetime = NOW,
    *,
    agreements: list[Json] | None = None,
    holdings: Mapping[str, list[Json]] | None = None,
    agencies: list[Json] | None = None,
    **site: Any,
) -> Folder:
    """Write a site; what is not given is Riverside County as it stands at `at`."""
    agencies = terms.agencies() if agencies is None else agencies
    for name in ("agreements", "data", "keys"):
        (path / name).mkdir(parents=True, exist_ok=True)
    folder = Folder(path, {agency["id"]: ONE_KEY_FOR_ALL for agency in agencies})
    for agency in agencies:
        (path / agency["jwks"]).write_text(json.dumps(public_jwks([ONE_KEY_FOR_ALL.public])))
    written = {"name": "Riverside County", "issuer": ISSUER, "jurisdiction": "us-or", "agencies": agencies}
    (path / "site.yaml").write_text(as_yaml({**written, **site}))
    for document in terms.agreements(at) if agreements is None else agreements:
        folder.write_agreement(document)
    for id, subjects in (terms.holdings() if holdings is None else holdings).items():
        folder.write_holdings(id, subjects)
    return folder


@dataclass(slots=True)
class County:
    """A running gateway, whichever way it runs."""

    folder: Folder
    connect: Callable[[], httpx.AsyncClient]
    now: Callable[[], datetime]
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _patients: int = 0

    def desk(self, agency: str, user: str = "badge-1", role: str = "caseworker") -> Desk:
        return Desk(self, agency, user, role)

    async def token(self, agency: str) -> str:
        """An access token of the agency, asked for anew when the last one grows old."""
        known = self._tokens.get(agency)
        if known is None or self.now() > known[1]:
            key = self.folder.keys[agency]
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": client_assertion(key.private, key.kid, agency, ISSUER, self.now()),
            }
            async with self.connect() as client:
                answer = await client.post("/oauth/token", data=form)
            assert answer.status_code == 200, answer.text
            known = answer.json()["access_token"], self.now() + timedelta(seconds=200)
            self._tokens[agency] = known
        return known[0]

    def new_reference(self) -> str:
        return f"CASE-{secrets.token_hex(6)}"

    def new_patient(self) -> Json:
        """Somebody the health service holds something about and nobody has consented for."""
        self._patients += 1
        assert self._patients < terms.PATIENTS
        return terms.patient(self._patients)


@dataclass(frozen=True, slots=True)
class Desk:
    """An agency's system, acting for one of its people."""

    county: County
    agency: str
    user: str
    role: str

    async def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = {
            "Authorization": f"Bearer {await self.county.token(self.agency)}",
            "Acting-User": self.user,
            "Acting-Role": self.role,
            **(headers or {}),
        }
        async with self.county.connect() as client:
            return await client.request(method, path, json=body, headers=sent)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.call("GET", path, headers=headers)

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.call("POST", path, body, headers)

    async def opens(self, concern: str = "moderate", **more: Any) -> str:
        """Open a case and return its reference."""
        body = case_body(self.county.new_reference(), concern=concern, **more)
        answer = await self.post("/v1/cases", body)
        assert answer.status_code == 201, answer.text
        reference: str = body["reference"]
        return reference

    async def asks(self, case: str, /, *categories: str, key: str = "", **more: Any) -> httpx.Response:
        """Ask one question; `more` replaces keys of the body."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self.call("POST", "/v1/queries", self.question(case, *categories, **more), headers)

    async def told(self, case: str, /, *categories: str, **more: Any) -> Json:
        """Ask one question that is taken in, and return what was answered."""
        answer = await self.asks(case, *categories, **more)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def reads(self, query: str) -> Json:
        answer = await self.get(f"/v1/queries/{query}")
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def consents(self, *categories: str, **more: Any) -> Json:
        """Record a consent and return it."""
        answer = await self.post("/v1/consents", consent_body(*categories, **more))
        assert answer.status_code == 201, answer.text
        told: Json = answer.json()
        return told

    def question(self, case: str, /, *categories: str, **more: Any) -> Json:
        body = {
            "case": case,
            "purpose": "threat-assessment",
            "level": "record",
            "categories": list(categories),
            "subject": DANIEL,
            "user": {"id": self.user, "name": "Sgt A. Reyes", "role": self.role},
            **more,
        }
        return {name: value for name, value in body.items() if value is not None}


def case_body(reference: str, **more: Any) -> Json:
    return {
        "reference": reference,
        "kind": "threat-assessment",
        "concern": "moderate",
        "flags": [],
        "manager": {"id": "badge-17", "name": "Lt M. Keller"},
        "next_review": "2026-12-01",
        **more,
    }


def consent_body(*categories: str, subject: Json = DANIEL, **more: Any) -> Json:
    """A consent that health may tell police; in the form any listed law demands."""
    return {
        "subject": subject,
        "grantor": {"kind": "subject", "name": "The person themselves"},
        "status": "given",
        "purposes": ["threat-assessment"],
        "categories": list(categories),
        "custodians": [HEALTH],
        "recipients": [PD],
        "period": {"start": "2026-01-01T00:00:00Z", "end": "2099-12-31T00:00:00Z"},
        "evidence": {
            "kind": "signed-form",
            "digest": "sha-256:" + "a" * 64,
            "signed_at": "2026-01-01T00:00:00Z",
        },
        **more,
    }


def emergency(**more: Any) -> Json:
    elements = {
        "threat": "He said he will shoot at the school",
        "imminence": "Tomorrow morning at the first bell",
        "recipient_able_to_prevent": True,
    }
    return {
        "ground": "serious-imminent-threat",
        "elements": elements,
        "statement": "A classmate heard him say it at noon today",
        **more,
    }


@dataclass(slots=True)
class InProcess(County):
    """A county in this process; `clock` moves it and `running` is what a fault test may reach into."""

    running: Running = field(kw_only=True)
    edge: Any = field(kw_only=True)
    clock: StandingClock = field(kw_only=True)


@contextmanager
def county_in_process(folder: Folder, clock: StandingClock | None = None) -> Iterator[InProcess]:
    """Put the site together as `gateway serve` does, without a socket."""
    clock = clock or StandingClock()
    with patch("gateway.app.utc_now", clock):
        running = Running(folder.path, Settings())
        edge = running.application()

    def connect() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url=ISSUER, trust_env=False)

    try:
        yield InProcess(folder, connect, clock, running=running, edge=edge, clock=clock)
    finally:
        asyncio.run(running.close())


@dataclass(slots=True)
class Served(County):
    """A county behind a socket; `process` may be killed, `errors` is where its log goes."""

    process: subprocess.Popen[str] = field(kw_only=True)
    url: str = field(kw_only=True)
    errors: Path = field(kw_only=True)


def serving(folder: Folder) -> list[str]:
    """The command that serves a site on a free port."""
    gateway = Path(sys.executable).with_name("gateway")
    return [str(gateway), "serve", "--site", str(folder.path), "--port", "0"]


def refused_to_serve(folder: Folder) -> str:
    """Try to serve a site that must not be served, and return what is said of it in plain words."""
    told = subprocess.run(serving(folder), capture_output=True, text=True, check=False, timeout=60)
    assert (told.returncode, told.stdout) == (1, "")
    assert "Traceback" not in told.stderr
    assert told.stderr.strip()
    return told.stderr


@contextmanager
def county_served(folder: Folder) -> Iterator[Served]:
    """Run `gateway serve --port 0` on the site until the block ends."""
    errors = folder.path / "log.jsonl"
    with (
        errors.open("a") as log,
        subprocess.Popen(serving(folder), stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, errors.read_text()
            url = line.split()[-1]

            def connect() -> httpx.AsyncClient:
                return httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)

            def now() -> datetime:
                return datetime.now(UTC)

            yield Served(folder, connect, now, process=process, url=url, errors=errors)
        finally:
            process.kill()
            process.wait()


def about(told: Json, category: str) -> Json:
    """The one answer that covers a category."""
    covering = [answer for answer in told["answers"] if category in answer["categories"]]
    assert len(covering) == 1, [answer["custodian"] for answer in covering]
    found: Json = covering[0]
    return found


def is_problem(answer: httpx.Response, status: int, code: str = "") -> Json:
    """Check that an answer is the RFC 9457 problem it should be, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Json = answer.json()
    assert problem["status"] == status
    assert problem["type"].endswith(problem["code"])
    assert code in {"", problem["code"]}
    return problem
