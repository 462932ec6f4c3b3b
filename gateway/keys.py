"""The site's `keys/` folder: the gateway's own keys, made when missing, and each agency's public ones."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.checkpoint import CheckpointSigner
from audit.cosignature import Algorithm, Cosigner
from gateway.identity_keys import AgencyKeys, SigningKey, TokenKeys, UnusableKey, new_signing_key
from gateway.site import InvalidSiteError, Site
from gateway.vault import KEY_BYTES

KEYS_FOLDER: Final = "keys"
DATA_KEY: Final = "gateway-data.key"
LEDGER_KEY: Final = "gateway-ledger.key"
LEDGER_ML_DSA_KEY: Final = "gateway-ledger-ml-dsa.key"
PAYLOAD_KEY: Final = "gateway-payload.key"
TOKEN_KEY: Final = "gateway-token.pem"  # noqa: S105 -- the name of a file


@dataclass(frozen=True, slots=True)
class GatewayKeys:
    """What only the gateway holds: 32 raw bytes each, and the key its access tokens are signed with."""

    data: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    ledger: CheckpointSigner = field(repr=False)
    token: TokenKeys = field(repr=False)
    ledger_ml_dsa: Cosigner | None = field(default=None, repr=False)


def gateway_keys(site: Site) -> GatewayKeys:
    """Read the gateway's keys; those missing are made, readable by their owner alone.

    Raises:
        InvalidSiteError: one of them cannot be read, or is not a key.
    """
    folder = site.path(KEYS_FOLDER)
    folder.mkdir(exist_ok=True)
    try:
        return GatewayKeys(
            data=_raw(folder / DATA_KEY),
            payload=_raw(folder / PAYLOAD_KEY),
            ledger=CheckpointSigner.from_raw(site.origin, _raw(folder / LEDGER_KEY)),
            token=TokenKeys(_token_key(folder / TOKEN_KEY)),
            ledger_ml_dsa=_ml_dsa(site, folder) if site.witnesses.ml_dsa else None,
        )
    except (OSError, UnusableKey, ValueError) as error:
        raise InvalidSiteError([f"{KEYS_FOLDER}: a gateway key cannot be used ({error})"]) from error


def agency_keys(site: Site) -> dict[str, AgencyKeys]:
    """Each agency's public keys.

    Raises:
        InvalidSiteError: a key set is missing or unusable; every one is named.
    """
    found: dict[str, AgencyKeys] = {}
    messages: list[str] = []
    for agency in site.agencies.values():
        try:
            found[agency.id] = AgencyKeys.parse(site.path(agency.jwks).read_bytes())
        except OSError as error:
            messages.append(f"site.yaml: jwks of {agency.id}: cannot be read ({error.strerror})")
        except UnusableKey as error:
            messages.append(f"site.yaml: jwks of {agency.id}: {error}")
    if messages:
        raise InvalidSiteError(messages)
    return found


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read and that must not be there yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _ml_dsa(site: Site, folder: Path) -> Cosigner:
    return Cosigner(site.origin, Algorithm.ML_DSA_44, _raw(folder / LEDGER_ML_DSA_KEY))


def _raw(path: Path) -> bytes:
    if not path.exists():
        write_private(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name}: expected {KEY_BYTES} bytes")
    return key


def _token_key(path: Path) -> SigningKey:
    if not path.exists():
        write_private(path, new_signing_key("EdDSA").pem())
    return SigningKey.from_pem(path.read_bytes())
