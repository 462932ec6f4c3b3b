"""Notices: an inbox for each role, letters and webhooks about them, and what becomes of those."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.processes.delivery import BACK_OFF
from gateway.sending import signed_headers
from gateway.site import InvalidSiteError
from tests import county_terms as terms
from tests.conftest import ACountyOf
from tests.county import Desk, InProcess, Json, county_in_process, county_served, is_problem, make_folder
from tests.county_terms import DANIEL, HEALTH, PD, SOCIAL

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw"


@dataclass(slots=True)
class Receiver:
    """An HTTP server and a mail server on one event loop; `refusing` makes both take nothing."""

    port: int = 0
    refusing: bool = False
    posted: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    attempts: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers["content-length"]))
        if not self.refusing:
            self.posted.append((headers, body))
        status = "503 Not now" if self.refusing else "204 No Content"
        writer.write(f"HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def take_mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip().upper():
            if line == "DATA":
                writer.write(b"354 go on\r\n")
                self.letters.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                writer.write(b"250 taken\r\n")
            elif line.startswith("RCPT") and self.refusing:
                writer.write(b"550 nobody here\r\n")
            else:
                writer.write(b"221 bye\r\n" if line == "QUIT" else b"250 fine\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[tuple[Receiver, Json]]:
    """A receiver, and what a site says to have its social services told by it."""
    receiver = Receiver()
    web = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    mail = await asyncio.start_server(receiver.take_mail, "127.0.0.1", 0)
    secret = folder / "social.whsec"
    secret.write_text(SECRET + "\n")
    agencies = terms.agencies()
    social = next(agency for agency in agencies if agency["id"] == SOCIAL)
    url = f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}/hooks/notices"
    social["notify"] = {
        "email": "duty@social.example",
        "webhook": {"url": url, "secret_file": str(secret)},
    }
    server = {"host": "127.0.0.1", "port": mail.sockets[0].getsockname()[1], "tls": "none"}
    try:
        yield receiver, {"agencies": agencies, "mail": {**server, "sender": "gateway@riverside.example"}}
    finally:
        for each in (web, mail):
            each.close()


async def asked_of_social(county: InProcess) -> Json:
    asker = county.desk(PD)
    return await asker.told(await asker.opens(), "safeguarding", custodians=[SOCIAL])


async def inbox(desk: Desk, more: str = "") -> list[Json]:
    answer = await desk.get(f"/v1/notices{more}")
    assert answer.status_code == 200, answer.text
    notices: list[Json] = answer.json()["notices"]
    return notices


async def sent(desk: Desk, more: str = "") -> list[Json]:
    answer = await desk.get(f"/v1/deliveries{more}")
    assert answer.status_code == 200, answer.text
    deliveries: list[Json] = answer.json()["deliveries"]
    return deliveries


async def turn(county: InProcess) -> None:
    await county.running.outbox.relay()
    await county.running.runner.turn()


# The inbox


async def test_a_role_finds_what_it_is_told_and_reads_it(a_county: ACountyOf) -> None:
    county = a_county()
    liaison = county.desk(SOCIAL, "liaison-1", "liaison")
    await asked_of_social(county)
    review = (await liaison.get("/v1/reviews?state=open")).json()["reviews"][0]
    (notice,) = await inbox(liaison)
    assert (notice["kind"], notice["about"], notice["read_at"]) == ("review-opened", review["id"], None)
    county.clock.advance(minutes=5)
    read = await liaison.post(f"/v1/notices/{notice['id']}/read", {})
    assert (read.status_code, read.json()["read_at"]) == (200, "2026-03-02T12:05:00Z")
    county.clock.advance(minutes=5)
    again = await liaison.post(f"/v1/notices/{notice['id']}/read", {})
    assert again.json() == read.json(), "read once, it stays read when it was"
    assert await inbox(liaison, "?state=unread") == []
    assert await inbox(liaison, "?state=read") == [read.json()]


async def test_an_inbox_is_its_own_roles_and_agencys(a_county: ACountyOf) -> None:
    county = a_county()
    await asked_of_social(county)
    (notice,) = await inbox(county.desk(SOCIAL, role="liaison"))
    for other in (county.desk(SOCIAL, role="caseworker"), county.desk(HEALTH, role="liaison")):
        assert await inbox(other) == []
        is_problem(await other.post(f"/v1/notices/{notice['id']}/read", {}), 404)
    nosy = await county.desk(SOCIAL, role="caseworker").get("/v1/notices?role=liaison")
    assert is_problem(nosy, 403)["code"] == "role-not-allowed"


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/v1/notices?state=lost", "liaison", 422),
        ("/v1/notices?more=1", "liaison", 422),
        ("/v1/deliveries?state=lost", "administrator", 422),
        ("/v1/deliveries", "caseworker", 403),
        ("/v1/deliveries", "liaison", 403),
    ],
)
async def test_what_may_not_be_asked(county: InProcess, path: str, role: str, status: int) -> None:
    is_problem(await county.desk(SOCIAL, role=role).get(path), status)


# Letters and webhooks


async def test_a_notice_goes_out_signed_with_ids_only(a_county: ACountyOf, tmp_path: Path) -> None:
    async with receiving(tmp_path) as (receiver, site):
        county = a_county(**site)
        await asked_of_social(county)
        await turn(county)
        await turn(county)
        ((headers, body),) = receiver.posted
        (letter,) = receiver.letters
    stamp = headers["webhook-timestamp"]
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    mark = hmac.new(b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{b64encode(mark).decode()}"
    assert datetime.fromtimestamp(int(stamp), UTC) == county.clock()
    told = json.loads(body)
    (notice,) = await inbox(county.desk(SOCIAL, role="liaison"))
    assert (told["type"], told["data"]["notice"]) == ("notice.review-opened", notice["id"])
    assert told["data"]["about"] == notice["about"]
    assert "To: duty@social.example" in letter
    assert notice["id"] in letter
    for name in (DANIEL["family_name"], DANIEL["given_name"], "Reyes", "badge-1"):
        assert name.encode() not in body
        assert name not in letter
    done = await sent(county.desk(SOCIAL, role="privacy-officer"))
    assert {(each["channel"], each["state"], each["tries"]) for each in done} == {
        ("email", "sent", 1),
        ("webhook", "sent", 1),
    }


async def test_what_is_not_taken_is_tried_again_and_at_last_given_up(
    a_county: ACountyOf, tmp_path: Path
) -> None:
    async with receiving(tmp_path) as (receiver, site):
        receiver.refusing = True
        county = a_county(**site)
        administrator = county.desk(SOCIAL, role="administrator")
        await asked_of_social(county)
        await turn(county)
        waiting = await sent(administrator, "?state=queued")
        assert {(each["channel"], each["fault"]) for each in waiting} == {
            ("email", "refused"),
            ("webhook", "unreachable"),
        }
        assert await sent(administrator, "?state=dead") == []
        for number, rest in enumerate(BACK_OFF, 1):
            county.clock.advance(seconds=(rest - timedelta(seconds=1)).total_seconds())
            await turn(county)
            assert receiver.attempts == number, "not before its time"
            county.clock.advance(seconds=1)
            await turn(county)
        dead = await sent(administrator, "?state=dead")
    assert {(each["channel"], each["tries"], each["next_at"]) for each in dead} == {
        ("email", len(BACK_OFF) + 1, None),
        ("webhook", len(BACK_OFF) + 1, None),
    }
    assert (receiver.posted, receiver.letters) == ([], [])
    told = await inbox(administrator)
    assert {notice["about"] for notice in told} == {each["id"] for each in dead}
    await turn(county)
    assert len(await sent(administrator)) == 2, "that sending failed is not sent too"


async def test_a_receiver_that_comes_back_gets_what_waited(a_county: ACountyOf, tmp_path: Path) -> None:
    async with receiving(tmp_path) as (receiver, site):
        receiver.refusing = True
        county = a_county(**site)
        await asked_of_social(county)
        await turn(county)
        receiver.refusing = False
        county.clock.advance(seconds=5)
        await turn(county)
        assert (len(receiver.posted), len(receiver.letters)) == (1, 1)


async def test_a_site_that_is_served_sends_by_itself(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (receiver, site):
        folder = make_folder(tmp_path / "county", datetime.now(UTC), **site)
        with county_served(folder) as county:
            asker = county.desk(PD)
            case = await asker.opens(next_review=f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}")
            await asker.told(case, "safeguarding", custodians=[SOCIAL])
            for _ in range(100):
                if receiver.posted and receiver.letters:
                    break
                await asyncio.sleep(0.1)
        assert (len(receiver.posted), len(receiver.letters)) == (1, 1)


def test_a_signature_is_that_of_the_standard() -> None:
    """The example that the libraries of Standard Webhooks test themselves with."""
    secret = b64decode("plJ3nmyCDGBKInavdOK15jsl")
    at = datetime.fromtimestamp(1731705121, UTC)
    body = b'{"event_type":"ping","data":{"success":true}}'
    headers = signed_headers([secret], "msg_loFOjxBNrRLzqYUf", at, body)
    assert headers["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


# What a site may say

_HOOK = {"url": "https://hooks.example/in", "secret_file": "missing"}


@pytest.mark.parametrize(
    ("notify", "site", "said"),
    [
        ({"email": "nobody"}, {}, "an e-mail address"),
        ({"email": "duty@social.example"}, {}, "notify.email: expected `mail` to name a server"),
        ({"webhook": {**_HOOK, "url": "http://hooks.example/in"}}, {}, "https, since the host"),
        ({"webhook": {**_HOOK, "url": "https://169.254.169.254/in"}}, {}, "link-local"),
        ({"webhook": _HOOK}, {}, "secret_file: expected a file that can be read"),
        ({"webhook": {**_HOOK, "secret_file": "site.yaml"}}, {}, "expected whsec_"),
        ({}, {"mail": {"host": "mail.example", "sender": "a@b.example", "tls": "none"}}, "starttls"),
        ({}, {"mail": {"host": "m.example", "sender": "a@b.example", "user": "u"}}, "password_file together"),
    ],
)
def test_a_channel_that_would_not_do_keeps_a_site_from_being_served(
    tmp_path: Path, notify: Any, site: Any, said: str
) -> None:
    agencies = terms.agencies()
    agencies[0]["notify"] = notify
    folder = make_folder(tmp_path / "county", agencies=agencies, **site)
    with pytest.raises(InvalidSiteError, match=said), county_in_process(folder):
        pass
