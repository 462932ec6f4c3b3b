"""The form of how a `rest` source is logged in to. Secrets stand in the site's settings, never here."""

from __future__ import annotations

from typing import Final

from adapters.rest_mapping import ApiKey, Auth, Basic, ClientPlace, OAuth2, Session
from adapters.rest_request_form import PATH, PICK
from agreements.duration import Duration
from agreements.form import Form
from agreements.record import optional, record, required, tagged
from agreements.scalar import duration, text, word_of

_HEADER: Final = text(maximum=64, pattern="[A-Za-z][A-Za-z0-9-]*", expected="the name of a header")
_MEMBER: Final = text(
    maximum=100,
    pattern=r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*",
    expected="such as user.name",
)


def auth_form() -> Form[Auth]:
    return tagged(
        "kind",
        {
            "oauth2": record(
                OAuth2,
                {
                    "path": required(PATH, "Token endpoint; a site may name another in its settings."),
                    "scope": optional(text(maximum=500), None, "Scope asked for."),
                    "client": optional(
                        word_of(ClientPlace), ClientPlace.HEADER, "Where the client's id and secret go."
                    ),
                },
            ),
            "key": record(
                ApiKey,
                {
                    "header": required(_HEADER, "Header that carries the key."),
                    "prefix": optional(text(maximum=32), "", "Word before the key."),
                },
            ),
            "basic": record(Basic, {}),
            "session": record(
                Session,
                {
                    "path": required(PATH, "Where user name and password are posted as JSON."),
                    "user": required(_MEMBER, "Member of that body with the user name."),
                    "password": required(_MEMBER, "Member with the password."),
                    "token": required(PICK, "Where the answer gives the token."),
                    "life": optional(
                        duration(), Duration.parse("PT15M"), "How long a token is used before the next."
                    ),
                },
            ),
        },
    )
