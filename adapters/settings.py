"""Reading what a site writes about a custodian's system, the same way for every adapter."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def only_known(settings: Mapping[str, object], known: Collection[str], where: str) -> None:
    """Refuse a setting nobody reads.

    Raises:
        ValueError: naming the setting.
    """
    for key in settings:
        if key not in known:
            raise ValueError(f"{where}.{key}: no such setting")


def text_setting(settings: Mapping[str, object], key: str) -> str:
    """A setting that must be there and be text.

    Raises:
        ValueError: it is not; names the setting.
    """
    value = settings.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key}: expected a text")
    return value
