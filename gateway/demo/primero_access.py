"""Who may see what at the demo county's child protection service: Primero's users, roles and tokens.

Source: Primero v2, `doc/api/tokens/post.md` and the authorisation paragraphs of `doc/api/cases`.
"""

from __future__ import annotations

import secrets
import time
import uuid
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt

TOKEN_SECONDS: Final = 3600
CHILD_PROTECTION: Final = "primeromodule-cp"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Role:
    """What a user may do: actions by resource, the modules whose records they see, and which fields.

    `fields` of None permits every field of a form; `group` limits records to those of one user group.
    """

    modules: frozenset[str] = frozenset({CHILD_PROTECTION})
    permissions: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {"case": frozenset({"read"}), "incident": frozenset({"read"})}
    )
    fields: frozenset[str] | None = None
    group: str | None = None

    def can(self, action: str, resource: str) -> bool:
        return action in self.permissions.get(resource, ())

    def sees(self, record: Record) -> bool:
        if record.get("module_id") not in self.modules:
            return False
        return self.group is None or self.group in record.get("owned_by_groups", [])


@dataclass(frozen=True, slots=True)
class User:
    user_name: str
    password: str = field(repr=False)
    role: Role = field(default_factory=Role)
    id: int = 1


class Accounts:
    """Checks who calls: by a token given out here, or by user name and password on the call itself."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users: Final = {user.user_name: user for user in users}
        self._secret = secrets.token_bytes(32)
        self._withdrawn: set[str] = set()

    def login(self, user_name: object, password: object) -> User | None:
        user = self._users.get(user_name) if isinstance(user_name, str) else None
        if user is None or not isinstance(password, str):
            return None
        right = secrets.compare_digest(user.password.encode(), password.encode())
        return user if right else None

    def issue(self, user: User) -> str:
        now = int(time.time())
        claims = {"sub": user.user_name, "iat": now, "exp": now + TOKEN_SECONDS, "jti": str(uuid.uuid4())}
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def caller(self, authorization: str) -> User | None:
        scheme, _, credentials = authorization.partition(" ")
        if scheme.lower() == "basic":
            return self._by_password(credentials)
        claims = self._claims(credentials) if scheme.lower() == "bearer" else None
        return None if claims is None else self._users.get(claims["sub"])

    def withdraw(self, authorization: str) -> None:
        """Invalidate a token before its time."""
        claims = self._claims(authorization.partition(" ")[2])
        if claims is not None:
            self._withdrawn.add(claims["jti"])

    def _claims(self, token: str) -> dict[str, Any] | None:
        try:
            claims: dict[str, Any] = jwt.decode(token, self._secret, algorithms=["HS256"])
        except jwt.PyJWTError:
            return None
        return None if claims["jti"] in self._withdrawn else claims

    def _by_password(self, credentials: str) -> User | None:
        try:
            name, _, password = b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:
            return None
        return self.login(name, password)
