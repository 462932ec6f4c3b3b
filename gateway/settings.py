"""What the environment may set: one frozen value, and the only reader of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once at start from `GATEWAY_…` variables; but for the last, nothing here loosens a rule."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="ignore")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    """`console` is for a person at a terminal; only JSON keeps every hostile value on one line."""
    reload_seconds: float = Field(default=1.0, ge=0.1, le=60.0)
    """How often changed agreements are looked for."""
    timer_seconds: float = Field(default=1.0, ge=0.1, le=60.0)
    """How often timers that have come due, and notices to be sent out, are looked for."""
    allow_unsafe_storage: bool = False
    """For tests alone: serve on a database server that may lose what it has committed."""
