"""Instants on the wire."""

from __future__ import annotations

from datetime import datetime


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
