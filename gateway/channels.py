"""How an agency is told outside the gateway: what `site.yaml` says of e-mail and webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from adapters.source_url import LOOPBACK, check_source_url
from agreements.form import Complaint, Form
from agreements.record import optional, record, required
from agreements.scalar import integer, text, word


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where signed notices are posted; `secret_file` holds a `whsec_…` secret, or several, one a line."""

    url: str
    secret_file: str


@dataclass(frozen=True, slots=True)
class Channels:
    """An agency's ways of being told; with none, it looks into its inbox."""

    email: str | None = None
    webhook: Webhook | None = None


NO_CHANNELS: Final = Channels()


@dataclass(frozen=True, slots=True)
class Mail:
    """The server that takes a site's e-mail."""

    host: str
    sender: str
    port: int = 587
    tls: str = "starttls"
    user: str | None = None
    password_file: str | None = None


_ADDRESS: Final = text(
    maximum=200,
    pattern=r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?",
    expected="an e-mail address",
)
_PATH: Final = text(maximum=512, pattern=r"[^\x00]+", expected="a path")
_HOST: Final = text(maximum=253, pattern=r"[A-Za-z0-9.:-]+", expected="a host name or address")


def _webhook_fits(webhook: Webhook) -> Iterable[Complaint]:
    try:
        check_source_url(webhook.url)
    except ValueError as error:
        yield Complaint(("url",), str(error).removeprefix("url: expected "))


def _mail_fits(mail: Mail) -> Iterable[Complaint]:
    if mail.tls == "none" and mail.host not in LOOPBACK:
        yield Complaint(("tls",), "starttls or implicit, since the host is not a loopback name")
    if (mail.user is None) is not (mail.password_file is None):
        yield Complaint((), "user and password_file together, or neither")


_WEBHOOK: Final = record(
    Webhook,
    {
        "url": required(text(maximum=2048), "https URL that takes notices"),
        "secret_file": required(_PATH, "file with the secret that signs them"),
    },
).also(_webhook_fits)

CHANNELS: Final[Form[Channels]] = record(
    Channels,
    {
        "email": optional(_ADDRESS, None, "address that notices are sent to"),
        "webhook": optional(_WEBHOOK, None, "where notices are posted"),
    },
)

MAIL: Final[Form[Mail]] = record(
    Mail,
    {
        "host": required(_HOST, "SMTP server"),
        "port": optional(integer(1, 65535), 587, "its port"),
        "sender": required(_ADDRESS, "address that mail comes from"),
        "tls": optional(
            word({"starttls": "starttls", "implicit": "implicit", "none": "none"}), "starttls", "protection"
        ),
        "user": optional(text(maximum=200), None, "user name at the server"),
        "password_file": optional(_PATH, None, "file with the password"),
    },
).also(_mail_fits)
