"""How an agency's people sign in to the console: the `sign_in` entry of `site.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agreements.form import Complaint, Form, mapping_of
from agreements.record import optional, record, required
from agreements.scalar import text, word_of
from agreements.terms import Role

_CLAIM: Final = text(maximum=128, pattern=r"[A-Za-z0-9_.:/-]{1,128}", expected="the name of a claim")
_ISSUER: Final = text(
    maximum=512,
    pattern=r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?",
    expected="an https URL, or http on loopback, without query or fragment",
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """An agency's own OpenID Connect provider, and which of its claims make whom what.

    `roles` maps a value of the claim `role_claim` to a role. `person_claim` must carry the same id by which
    the agency's systems name the person in a request's `user`: who may not review what they did themselves is
    told by it.
    """

    issuer: str
    client_id: str
    client_secret_file: str | None
    roles: Mapping[str, Role]
    role_claim: str
    person_claim: str


def _some_role(sign_in: SignIn) -> Iterable[Complaint]:
    if not sign_in.roles:
        yield Complaint(("roles",), "at least one claim value with its role")


SIGN_IN: Final[Form[SignIn | None]] = record(
    SignIn,
    {
        "issuer": required(_ISSUER, "its issuer"),
        "client_id": required(text(maximum=256), "this gateway's client id there"),
        "client_secret_file": optional(text(maximum=512), None, "file that holds the client secret"),
        "roles": required(
            mapping_of(text(maximum=256), word_of(Role)), "roles by the value of the claim that gives them"
        ),
        "role_claim": optional(_CLAIM, "roles", "the claim that gives roles"),
        "person_claim": optional(_CLAIM, "sub", "the claim that is the person's id within the agency"),
    },
).also(_some_role)


def redirect_path(agency: str) -> str:
    """Where an agency's provider sends its people back to, below the site's issuer."""
    return f"/console/sign-in/{agency}/back"


def names(value: Any) -> frozenset[str]:
    """The values of a claim that may be a word or a list of words; anything else is none."""
    listed = value if isinstance(value, list) else [value]
    return frozenset(one for one in listed if isinstance(one, str))
