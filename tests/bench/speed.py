"""Governed, recorded answers a second over HTTP, beside F0 and F1 in one run."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rich.console import Console
from rich.table import Table

from gateway.agency_client import AgencyClient
from gateway.identity_keys import SigningKey, new_signing_key
from gateway.init import init_site
from tests.bench.comparators import ISSUER
from tests.bench.load import Measured, post, run_round

ROUNDS: Final = 6
REQUESTS: Final = 400
CASES: Final = 40
SUBJECT: Final = {
    "kind": "person",
    "family_name": "Okafor",
    "given_name": "Daniel",
    "birth_date": "2008-04-17",
}
USER: Final = {"id": "badge-4411", "name": "Sgt A. Reyes", "role": "caseworker"}


def main() -> None:
    """Few connections and many."""
    for connections in (16, 64):
        measure(connections)


def measure(connections: int) -> None:
    """Print the medians of interleaved rounds."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        targets = {
            "F0: token check": stack.enter_context(_comparator("f0", Path(folder))),
            "F1: token check, one durable INSERT": stack.enter_context(_comparator("f1", Path(folder))),
            "gateway: governed and recorded": stack.enter_context(_gateway(Path(folder) / "site")),
        }
        rounds: dict[str, list[Measured]] = {name: [] for name in targets}
        for number in range(ROUNDS + 1):
            for name, (port, requests) in targets.items():
                request = requests[number % len(requests)]
                measured = asyncio.run(run_round(port, request, requests=REQUESTS, connections=connections))
                if number:
                    rounds[name].append(measured)
        _print(rounds, connections)


def _print(rounds: dict[str, list[Measured]], connections: int) -> None:
    floor = statistics.median(measured.rate for measured in rounds["F1: token check, one durable INSERT"])
    title = f"{connections} connections, medians of {ROUNDS} interleaved rounds of {REQUESTS}"
    table = Table("", "answers/s", "against F1", "p50 ms", "p99 ms", title=title)
    for name, measured in rounds.items():
        rate = statistics.median(one.rate for one in measured)
        p50, p99 = (
            statistics.median(one.p50 for one in measured),
            statistics.median(one.p99 for one in measured),
        )
        table.add_row(name, f"{rate:.0f}", f"{rate / floor:.2f}", f"{p50:.1f}", f"{p99:.1f}")
    Console(width=100).print(table)


@contextmanager
def _process(*arguments: str) -> Iterator[int]:
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().rsplit(":", 1)[1])
        finally:
            process.terminate()


@contextmanager
def _comparator(kind: str, folder: Path) -> Iterator[tuple[int, list[bytes]]]:
    key_file = folder / f"{kind}.pem"
    key = new_signing_key("ES256")
    key_file.write_bytes(key.pem())
    public = key.public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    own = folder / kind
    own.mkdir()
    (own / "token.pub.pem").write_bytes(public)
    issued = int(datetime.now(UTC).timestamp())
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": "example-pd", "iat": issued, "exp": issued + 3600}
    token = jwt.encode(claims, key.private, "ES256")
    with _process(sys.executable, "-m", "tests.bench.comparators", kind, str(own)) as port:
        yield port, [post("/v1/queries", token, json.dumps(_query("RPD-0")).encode())]


@contextmanager
def _gateway(site: Path) -> Iterator[tuple[int, list[bytes]]]:
    init_site(site)
    # A budget that a benchmark does not use up, and an answer that is not held back to a deadline.
    with (site / "site.yaml").open("a") as file:
        file.write("budgets: {subjects_per_user_day: 50, queries_per_case: 1000000}\n")
    agreement = site / "agreements" / "example.yaml"
    agreement.write_text(agreement.read_text().replace("masked: true", "masked: false"))
    command = str(Path(sys.executable).parent / "gateway")
    with _process(command, "serve", "--site", str(site), "--port", "0") as port:
        key = SigningKey.from_pem((site / "keys" / "example-pd.pem").read_bytes())
        client = AgencyClient(f"http://127.0.0.1:{port}", "https://gateway.example", "example-pd", key)
        _prepare(client)
        token = client.access_token()
        yield (
            port,
            [
                post("/v1/queries", token, json.dumps(_query(f"RPD-{number}")).encode())
                for number in range(CASES)
            ],
        )


def _prepare(client: AgencyClient) -> None:
    for number in range(CASES):
        case = {
            "reference": f"RPD-{number}",
            "kind": "threat-assessment",
            "concern": "moderate",
            "flags": [],
            "manager": {"id": "badge-17", "name": "Lt M. Keller"},
            "next_review": "2029-12-01",
        }
        assert client.call("POST", "/v1/cases", case).good
    consent = {
        "subject": SUBJECT,
        "grantor": {"kind": "subject", "name": "Daniel Okafor"},
        "status": "given",
        "purposes": ["threat-assessment"],
        "categories": ["mental-health"],
        "custodians": ["example-health"],
        "recipients": ["example-pd"],
        "period": {"start": "2026-01-01T00:00:00Z", "end": "2029-12-31T00:00:00Z"},
        "evidence": {
            "kind": "signed-form",
            "digest": f"sha-256:{'0' * 64}",
            "signed_at": "2026-01-01T00:00:00Z",
        },
        "user": USER,
    }
    assert client.call("POST", "/v1/consents", consent).good


def _query(case: str) -> dict[str, Any]:
    return {
        "case": case,
        "purpose": "threat-assessment",
        "level": "existence",
        "categories": ["mental-health"],
        "subject": SUBJECT,
        "user": USER,
    }
