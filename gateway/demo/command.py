"""`gateway demo`."""

from __future__ import annotations

from pathlib import Path


def run_demo(*, once: bool, directory: Path | None, port: int) -> int:
    """Run the demo."""
    del once, directory, port
    return 1
