"""What a site writes about a custodian with a JSON API, and the partner that makes of it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final

from adapters.client import DEADLINE, SourceClient
from adapters.rest import RestPartner
from adapters.rest_form import read_rest_mapping
from adapters.rest_login import Account, ClientCredentials, FixedLogin, Login, SessionLogin
from adapters.rest_mapping import ApiKey, Auth, Basic, OAuth2, RestMapping, Session
from adapters.rest_source import RestSource
from adapters.settings import only_known, text_setting
from adapters.source_url import check_source_url

_READY: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MAX_SECRET: Final = 4096


def open_rest(
    settings: Mapping[str, object],
    folder: Path,
    clock: Callable[[], datetime],
    *,
    deadline: float = DEADLINE,
    tls: ssl.SSLContext | None = None,
) -> RestPartner:
    """Make the partner a site's `adapter` entry describes, without calling it yet.

    `{kind: rest, url, mapping, auth?}`; `mapping` is a file relative to `folder`, the site's, or the name
    of a ready mapping. The mapping says which `auth` it takes: `{client_id, client_secret, token_url?,
    scope?}` for OAuth 2, `{key}` for an API key, `{user, password}` for Basic and for a session; key,
    password and client_secret are files relative to `folder`. `clock` gives the present as an aware
    datetime; `deadline` is in seconds for a whole `find` or `fetch`.

    Raises:
        ValueError: a setting is missing, unknown or breaks a rule; the message names it.
        InvalidDocument: the mapping file has errors; it names them.
        OSError: the mapping file cannot be read.
    """
    only_known(settings, {"kind", "url", "mapping", "auth"}, "adapter")
    client = SourceClient(text_setting(settings, "url"), deadline=deadline, tls=tls)
    mapping = load_mapping(text_setting(settings, "mapping"), folder)
    auth = settings.get("auth", {})
    if not isinstance(auth, Mapping):
        raise ValueError("auth: expected a mapping")  # noqa: TRY004 -- a wrong setting, not a wrong call
    login = _login(mapping.auth, auth, folder, client, clock, tls)
    return RestPartner(RestSource(client, login, mapping.errors), mapping, deadline=deadline)


def load_mapping(name: str, folder: Path) -> RestMapping:
    """Read a ready mapping by its name, or a mapping file by its path from `folder`.

    Raises:
        InvalidDocument: the file has errors; it names them.
        OSError: the file cannot be read.
        ValueError: there is no ready mapping of this name.
    """
    if not _READY.fullmatch(name):
        return read_rest_mapping((folder / name).read_bytes(), name)
    ready = resources.files("adapters").joinpath("mappings", f"{name}.yaml")
    if not ready.is_file():
        raise ValueError("mapping: expected a file such as mapping.yaml, or the name of a ready mapping")
    return read_rest_mapping(ready.read_bytes(), f"{name}.yaml")


def _login(
    auth: Auth | None,
    settings: Mapping[str, object],
    folder: Path,
    client: SourceClient,
    clock: Callable[[], datetime],
    tls: ssl.SSLContext | None,
) -> Login:
    match auth:
        case None:
            only_known(settings, set(), "auth")
            return FixedLogin({})
        case ApiKey(header, prefix):
            only_known(settings, {"key"}, "auth")
            key = _secret(settings, "key", folder)
            return FixedLogin({header.lower(): f"{prefix} {key}" if prefix else key})
        case Basic():
            return FixedLogin({"authorization": _user(settings, folder).basic()})
        case Session():
            return SessionLogin(client, auth, _user(settings, folder), clock)
        case OAuth2():
            return _client_credentials(auth, settings, folder, client, clock, tls)


def _client_credentials(
    auth: OAuth2,
    settings: Mapping[str, object],
    folder: Path,
    client: SourceClient,
    clock: Callable[[], datetime],
    tls: ssl.SSLContext | None,
) -> ClientCredentials:
    only_known(settings, {"client_id", "client_secret", "token_url", "scope"}, "auth")
    account = Account(text_setting(settings, "client_id"), _secret(settings, "client_secret", folder))
    scope = text_setting(settings, "scope") if "scope" in settings else auth.scope
    url = client.base_url + auth.path
    if "token_url" in settings:
        url = check_source_url(text_setting(settings, "token_url"))
    issuer = SourceClient(url, deadline=client.deadline, tls=tls)
    return ClientCredentials(issuer, account, scope, auth.client, clock)


def _user(settings: Mapping[str, object], folder: Path) -> Account:
    only_known(settings, {"user", "password"}, "auth")
    user = text_setting(settings, "user")
    if ":" in user:
        raise ValueError("auth.user: expected a name without a colon")
    return Account(user, _secret(settings, "password", folder))


def _secret(settings: Mapping[str, object], key: str, folder: Path) -> str:
    """A secret in a file of its own, one line of visible ASCII."""
    path = folder / text_setting(settings, key)
    try:
        secret = path.read_bytes()[: _MAX_SECRET + 1].decode("ascii").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret or not secret.isprintable() or len(secret) > _MAX_SECRET:
        raise ValueError(f"auth.{key}: expected a file with the secret on one line of ASCII")
    return secret
