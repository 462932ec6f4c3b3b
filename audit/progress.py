"""A progress bar on standard error, shown only to a person at a terminal."""

from typing import TextIO

_WIDTH = 30


class ProgressBar:
    """Draws how far a verification is. `colour` paints the part that is done."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        self._stream = stream
        self._colour = colour

    def __call__(self, done: int, total: int) -> None:
        """Redraw at `done` of `total` entries; leaves the line when all are done."""
        filled = _WIDTH * min(done, total) // total if total else _WIDTH
        bar = "#" * filled
        painted = f"\x1b[36m{bar}\x1b[0m" if self._colour else bar
        end = "\n" if done >= total else ""
        self._stream.write(f"\r[{painted}{' ' * (_WIDTH - filled)}] {done:,} of {total:,} entries{end}")
        self._stream.flush()
