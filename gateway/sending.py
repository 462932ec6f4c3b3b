"""Notices sent out of the gateway: by e-mail, or posted and signed as Standard Webhooks says.

A message names ids, a kind and a role, and nothing of anybody. What stands in it can be read again by those
entitled, through the gateway. https://github.com/standard-webhooks/standard-webhooks (version 1.0.0).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import smtplib
import ssl
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

from adapters.client import SourceClient
from adapters.partner import SourceError
from gateway.channels import Channels, Mail, Webhook
from gateway.site import InvalidSiteError, Site
from gateway.store.notices import Delivery, Notice
from gateway.wire.times import instant

EMAIL: Final = "email"
WEBHOOK: Final = "webhook"
_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = range(24, 65)
_MAIL_SECONDS: Final = 10.0
_WEBHOOK_SECONDS: Final = 10.0


def channels_of(channels: Channels) -> Sequence[str]:
    """The channels an agency has."""
    return [name for name, one in ((EMAIL, channels.email), (WEBHOOK, channels.webhook)) if one is not None]


def message_of(notice: Notice) -> bytes:
    """The body of a webhook: a type, a time, and ids."""
    told = {"notice": notice.id, "kind": notice.kind, "agency": notice.agency, "role": notice.role}
    body = {
        "type": f"notice.{notice.kind}",
        "timestamp": instant(notice.at),
        "data": {**told, "about": notice.about},
    }
    return json.dumps(body, separators=(",", ":")).encode()


def signed_headers(secrets: Sequence[bytes], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows a message: one signature for each secret, newest first."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((id.encode(), stamp.encode(), body))
    marks = [b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


class Sending:
    """The channels of a site's agencies, with their secrets read."""

    def __init__(self, site: Site) -> None:
        """Raises InvalidSiteError for a secret that cannot be read, and for e-mail without a server."""
        self._site = site
        self._mailer = _Mailer(site, site.mail) if site.mail is not None else None
        self._webhooks: dict[str, _Poster] = {}
        for agency in site.agencies.values():
            if agency.notify.email is not None and site.mail is None:
                raise InvalidSiteError([f"{agency.id}: notify.email: expected `mail` to name a server"])
            if agency.notify.webhook is not None:
                self._webhooks[agency.id] = _Poster(site, agency.id, agency.notify.webhook)

    async def send(self, delivery: Delivery, notice: Notice, at: datetime) -> str | None:
        """Send once; None when it was taken, else why not in a fixed word."""
        agency = self._site.agencies.get(delivery.agency)
        if agency is None or delivery.channel not in channels_of(agency.notify):
            return "no-channel"
        if delivery.channel == WEBHOOK:
            return await self._webhooks[agency.id].post(delivery.id, notice, at)
        if self._mailer is None or agency.notify.email is None:
            return "no-channel"
        return await self._mailer.post(agency.notify.email, delivery.id, notice)

    async def close(self) -> None:
        for poster in self._webhooks.values():
            await poster.close()


class _Poster:
    def __init__(self, site: Site, agency: str, webhook: Webhook) -> None:
        parts = urlsplit(webhook.url)
        self._path = parts.path
        self._secrets = _secrets(site, agency, webhook)
        self._client = SourceClient(f"{parts.scheme}://{parts.netloc}", deadline=_WEBHOOK_SECONDS)

    async def post(self, id: str, notice: Notice, at: datetime) -> str | None:
        body = message_of(notice)
        headers = {"content-type": "application/json", **signed_headers(self._secrets, id, at, body)}
        try:
            await self._client.tell(self._path or "/", body, headers)
        except SourceError as error:
            return error.fault.value
        return None

    async def close(self) -> None:
        await self._client.close()


class _Mailer:
    def __init__(self, site: Site, mail: Mail) -> None:
        self._host = site.origin.partition("/")[0].partition(":")[0]
        self._mail = mail
        self._password = ""
        if mail.password_file is not None:
            self._password = _read(site, "mail.password_file", mail.password_file).strip()

    async def post(self, address: str, id: str, notice: Notice) -> str | None:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._mail.sender, address
        letter["Subject"] = f"Notice: {notice.kind}"
        letter["Message-ID"] = f"<{id}@{self._host}>"
        letter["Auto-Submitted"] = "auto-generated"
        lines = {"Notice": notice.id, "Kind": notice.kind, "For": notice.role, "About": notice.about}
        told = "".join(f"{name}: {value}\n" for name, value in lines.items())
        letter.set_content(f"{told}At: {instant(notice.at)}\n\nIt can be read at the gateway.\n")
        try:
            await asyncio.to_thread(self._hand_over, letter)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
            return "refused"
        except TimeoutError:
            return "timeout"
        except (OSError, smtplib.SMTPException):
            return "unreachable"
        return None

    def _hand_over(self, letter: EmailMessage) -> None:
        mail, trust = self._mail, ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(mail.host, mail.port, self._host, timeout=_MAIL_SECONDS, context=trust)
            if mail.tls == "implicit"
            else smtplib.SMTP(mail.host, mail.port, self._host, timeout=_MAIL_SECONDS)
        )
        with server:
            if mail.tls == "starttls":
                server.starttls(context=trust)
            if mail.user is not None:
                server.login(mail.user, self._password)
            server.send_message(letter)


def _secrets(site: Site, agency: str, webhook: Webhook) -> tuple[bytes, ...]:
    key = f"{agency}: notify.webhook.secret_file"
    found = tuple(_secret(key, line) for line in _read(site, key, webhook.secret_file).split())
    if not found:
        raise InvalidSiteError([f"{key}: expected a secret"])
    return found


def _secret(key: str, line: str) -> bytes:
    try:
        secret = b64decode(line.removeprefix(_PREFIX), validate=True)
    except NotBase64:
        secret = b""
    if not line.startswith(_PREFIX) or len(secret) not in _SECRET_BYTES:
        raise InvalidSiteError([f"{key}: expected whsec_ and 24 to 64 bytes in base64"])
    return secret


def _read(site: Site, key: str, path: str) -> str:
    try:
        return site.path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidSiteError([f"{key}: expected a file that can be read"]) from None
