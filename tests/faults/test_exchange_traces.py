"""No identity, token or content in the store, the log, an error or an address."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx

from tests.county import Desk, Json, Served, case_body, consent_body, county_served, emergency, make_folder
from tests.county_terms import HEALTH, PD, SCHOOLS, SOCIAL, holding

SUBJECT: Final[Json] = {
    "kind": "person",
    "family_name": "Quibblethorne",
    "given_name": "Zephyrine",
    "birth_date": "1987-10-23",
    "identifiers": [{"system": "urn:state-student-id", "value": "ZQ-907531"}],
    "address": {"line": "77 Wistaria Crescent", "city": "Quillhaven"},
}
COMMUNICATION: Final[Json] = {
    "kind": "communication",
    "channel": "email",
    "handle": "vexillary.moth@quill.example",
}
VENUE: Final[Json] = {"kind": "venue", "name": "Pumpernickel Hall", "address": {"line": "9 Obelisk Mews"}}
WORDS: Final = (
    "Quibblethorne", "Zephyrine", "1987-10-23", "ZQ-907531", "Wistaria", "Quillhaven", "vexillary.moth",
    "Pumpernickel", "Obelisk", "Sgt Marmaduke", "Lt Persimmon", "Grantor Bellwether", "crocodile tears",
    "salamander", "heliotrope", "RPD-ZANZIBAR-1", "marigold reason", "tangerine statement",
    "nasturtium threat", "juniper reason", "Circuit Court of Avocado", "badge-wolverine",
)  # fmt: skip
USER: Final = {"id": "badge-wolverine", "name": "Sgt Marmaduke", "role": "caseworker"}


def held() -> dict[str, list[Json]]:
    identity = {key: value for key, value in SUBJECT.items() if key != "kind"}
    return {
        SCHOOLS: [
            {"person": identity, "holdings": [
                holding("school-discipline", "crocodile tears", outcome="salamander"),
                holding("threat-report", "crocodile tears"),
            ]},
        ],
        HEALTH: [{"person": identity, "holdings": [holding("health", "heliotrope"),
                                                   holding("mental-health", "heliotrope")]}],
        SOCIAL: [{"person": identity, "holdings": [holding("safeguarding", "heliotrope", plan="A")]}],
        PD: [],
    }  # fmt: skip


async def journey(county: Served) -> list[httpx.Response]:
    """Everything a site does, about one distinctive person; the answers that are problems."""
    desk, liaison = county.desk(PD, USER["id"]), county.desk(SOCIAL, "lia-1", "liaison")
    officer = county.desk(PD, "off-1", "privacy-officer")
    case = "RPD-ZANZIBAR-1"
    await desk.post("/v1/cases", case_body(case, manager={"id": "badge-17", "name": "Lt Persimmon"}))
    grantor = {"kind": "subject", "name": "Grantor Bellwether"}
    consent = (
        await desk.post("/v1/consents", consent_body("health", subject=SUBJECT, grantor=grantor))
    ).json()
    about: Json = {"subject": SUBJECT, "user": USER}
    elements = {**emergency()["elements"], "threat": "nasturtium threat"}
    claim: Json = {"exception": emergency(statement="tangerine statement", elements=elements)}
    digest = "sha-256:" + "c" * 64
    process = {"kind": "subpoena", "number": "1", "court": "Circuit Court of Avocado", "digest": digest}
    everything = ("school-discipline", "health", "safeguarding", "mental-health")
    told = [
        await desk.asks(case, *everything, key="k", **about),
        await desk.asks(case, "threat-report", subject=COMMUNICATION, user=USER),
        await desk.asks(case, "threat-report", subject=VENUE, user=USER),
        await desk.asks(case, "mental-health", "health", custodians=[HEALTH], **about, **claim),
        await desk.asks(case, "education-record", **about, legal_process=process),
    ]
    assert all(answer.status_code == 200 for answer in told)
    assert "heliotrope" in told[0].text
    assert await telling(county) == 201
    for review in (await liaison.get("/v1/reviews?state=open")).json()["reviews"]:
        await liaison.post(f"/v1/reviews/{review['id']}/decline", {"reason": "juniper reason"})
    for access in (await officer.get("/v1/emergencies?state=open")).json()["emergencies"]:
        body = {"finding": "justified", "statement": "marigold reason"}
        await officer.post(f"/v1/emergencies/{access['id']}/finding", body)
    await desk.get(f"/v1/queries/{told[0].json()['id']}")
    await desk.post(f"/v1/consents/{consent['id']}/withdraw", {"reason": "marigold reason"})
    await county.desk(HEALTH, "aud-1", "auditor").post("/v1/accountings", {"subject": SUBJECT})
    return await problems(county, desk, case)


async def telling(county: Served) -> int:
    """An offer read and taken up, and one that was made by telephone; the worst status."""
    teller, reader = county.desk(SCHOOLS), county.desk(PD, USER["id"])
    case = await teller.opens()
    told = {"outcome": "salamander", "summary": "crocodile tears"}
    body = {
        "case": case,
        "purpose": "threat-assessment",
        "subject": SUBJECT,
        "to": [PD, HEALTH],
        "information": {"school-discipline": told, "threat-report": "crocodile tears"},
        "reader": {PD: USER["id"]},
        "user": USER,
    }
    made = await teller.post("/v1/offers", body)
    path = f"/v1/offers/{made.json()['id']}"
    read = await reader.get(path)
    assert "salamander" in read.text
    taken = await reader.post(f"{path}/acknowledge", {"user": USER})
    at = {"occurred_at": "2026-01-05T10:00:00Z", "how": "telephone"}
    entered = await teller.post("/v1/disclosures", {**body, **at})
    answers = (made, read, taken, entered, *await following_up(county, case, made.json()["id"]))
    return max(answer.status_code for answer in answers)


async def following_up(county: Served, case: str, offer: str) -> list[httpx.Response]:
    """A conference, leave to pass on, a correction, a duty and a watch, each with words of its own."""
    teller, reader = county.desk(SCHOOLS), county.desk(PD, USER["id"])
    person = {"id": USER["id"], "name": USER["name"], "role": "caseworker"}
    seats = [{"agency": PD, "user": person}, {"agency": SCHOOLS, "user": {**person, "id": "s-1"}}]
    common = {"case": case, "purpose": "threat-assessment", "subject": SUBJECT}
    called = await teller.post("/v1/conferences", {**common, "at": "2026-12-01T09:00:00Z", "seats": seats})
    task = {"seat": 1, "task": "juniper reason", "due": "2026-12-02"}
    onward = {
        "about": offer, "custodian": SCHOOLS, "to": HEALTH, "case": "RPD-ZANZIBAR-1",
        "reason": "juniper reason", "purpose": "threat-assessment", "categories": ["threat-report"],
    }  # fmt: skip
    wrong = {"kind": "wrong-person", "subject": SUBJECT, "statement": "tangerine statement"}
    watch = reader.question("RPD-ZANZIBAR-1", "school-discipline", subject=SUBJECT, custodians=[SCHOOLS])
    until = (county.now() + timedelta(days=5)).isoformat()
    duty = (await reader.get("/v1/duties")).json()["duties"][0]["id"]
    done = {"statement": "marigold reason"}
    return [
        called,
        await teller.post(f"/v1/conferences/{called.json()['id']}/tasks", task),
        await reader.post("/v1/onward", onward),
        await teller.post("/v1/corrections", wrong),
        await reader.post(f"/v1/duties/{duty}/fulfil", done),
        await reader.post("/v1/watches", {**watch, "until": until}),
    ]


async def problems(county: Served, desk: Desk, case: str) -> list[httpx.Response]:
    """Requests that go wrong in every way with the person's data in them."""
    wrong = {**SUBJECT, "birth_date": "1987-10-23x", "Quibblethorne": 1}
    damaged = county.folder.path / "data" / f"{SCHOOLS}.json"
    damaged.write_text('{"subjects": [{"person": {"family_name": "Quibblethorne"')
    answers = [
        await desk.asks(case, "school-discipline", subject=wrong, user=USER),
        await desk.asks("RPD-ZANZIBAR-2", "school-discipline", subject=SUBJECT, user=USER),
        await desk.asks(case, "school-discipline", subject=SUBJECT, user={**USER, "role": "Sgt Marmaduke"}),
        await desk.asks(case, "school-discipline", subject=SUBJECT, custodians=["quibblethorne"], user=USER),
        await desk.asks(case, "health", subject=SUBJECT, user=USER, key="k"),
        await desk.post("/v1/cases", case_body(case, concern="salamander")),
        await desk.post("/v1/consents", consent_body("health", subject=wrong)),
        await desk.get("/v1/queries/Quibblethorne"),
        await desk.get("/v1/disclosures?user=Zephyrine"),
        await desk.get("/v1/cases/Quibblethorne"),
        await desk.call("POST", "/v1/queries", None),
    ]
    assert all(answer.status_code >= 400 for answer in answers)
    unavailable = await desk.asks(case, "school-discipline", subject=SUBJECT, custodians=[SCHOOLS], user=USER)
    assert unavailable.json()["state"] == "unavailable"
    return answers


def disguises(word: str) -> dict[str, bytes]:
    """Ways in which a word could stand in a file, bare hashes of it among them."""
    plain = word.encode()
    shifted = [b64encode(b"x" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    return {
        "plain": plain,
        "lower": word.lower().encode(),
        "upper": word.upper().encode(),
        "utf-16": word.encode("utf-16-le"),
        "hex": plain.hex().encode(),
        "sha-256": hashlib.sha256(plain).digest(),
        "sha-256 hex": hashlib.sha256(plain).hexdigest().encode(),
        "sha-256 lower": hashlib.sha256(word.lower().encode()).digest(),
        **{f"base64-{shift}": each for shift, each in enumerate(shifted) if len(each) >= 6},
    }


def found_in(content: bytes) -> list[str]:
    return [
        f"{name} of {word}" for word in WORDS for name, each in disguises(word).items() if each in content
    ]


async def test_17_no_identity_token_or_content_is_left_anywhere(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", datetime.now(UTC), holdings=held())
    with county_served(folder) as county:
        answers = await journey(county)
        tokens = [token.encode() for token, _ in county._tokens.values()]
        stores = list(folder.path.glob("gateway.db*"))
        assert any(path.name.endswith("-wal") for path in stores)
        for path in (*stores, folder.path / "ledger.checkpoint", county.errors):
            content = path.read_bytes()
            assert found_in(content) == [], path.name
            assert all(token not in content for token in tokens), path.name
            assert all(token.split(b".")[2] not in content for token in tokens), path.name
        assert county.errors.read_text().count("\n") > 5
    for answer in answers:
        assert found_in(answer.content) == []
        assert found_in(str(answer.headers).encode()) == []


def test_17_the_search_finds_what_it_looks_for() -> None:
    """The search itself is tried on words left lying about."""
    for left in (
        b"...Quibblethorne...",
        hashlib.sha256(b"Quibblethorne").digest(),
        b64encode(b"ab Quibblethorne, Zephyrine"),
        "Zephyrine".encode("utf-16-le"),
    ):
        assert found_in(left)
    assert found_in(b"nothing of the kind") == []
