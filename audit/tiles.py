"""The read paths of the ledger: tiles and entry bundles of C2SP tlog-tiles (c2sp.org/tlog-tiles)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from audit.merkle import HASH_SIZE

WIDTH = 256  # hashes in a full tile, entries in a full bundle
MAX_LEVEL = 63

HashReader: TypeAlias = Callable[[int, int, int], Sequence[bytes]]
"""(level, first index, count) -> the hashes of that many complete subtrees of 2**level leaves."""
LeafReader: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""(first index, count) -> that many leaves."""

_PATH = re.compile(
    r"tile/(entries|0|[1-5][0-9]?|6[0-3]?|[7-9])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


class TileError(ValueError):
    """A tile path or a tile's bytes break the format."""


class TileMissingError(LookupError):
    """The tree is not large enough for this tile."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: `level` from 0, or None for a bundle of entries; `width` of 256 is a full one."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """From a path as `path` writes it. Raises `TileError` on any other spelling."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise TileError("path: not tile/<L>/<N>[.p/<W>] of tlog-tiles")
        level, index, width = found.groups()
        tile = cls(
            None if level == "entries" else int(level),
            int(index.replace("x", "").replace("/", "")),
            int(width) if width else WIDTH,
        )
        if tile.path != path or tile.width > WIDTH:
            raise TileError("path: not in its one spelling")
        return tile

    @property
    def start(self) -> int:
        """The index, at the tile's own level, of its first hash or entry."""
        return self.index * WIDTH

    def check_within(self, size: int) -> None:
        """Raise `TileMissingError` unless the tree of `size` leaves has all of this tile."""
        if self.start + self.width > size >> (8 * (self.level or 0)):
            raise TileMissingError("tile: beyond the tree")


def hash_tile(tile: Tile, size: int, read: HashReader) -> bytes:
    """The bytes of a hash tile of the tree of `size` leaves. Raises `TileMissingError`."""
    if tile.level is None:
        raise TileError("tile: of entries, not of hashes")
    tile.check_within(size)
    return b"".join(read(8 * tile.level, tile.start, tile.width))


def entry_bundle(tile: Tile, size: int, read: LeafReader) -> bytes:
    """The bytes of an entry bundle: each leaf behind its length (2 bytes, big-endian).

    Raises `TileMissingError`.
    """
    if tile.level is not None:
        raise TileError("tile: of hashes, not of entries")
    tile.check_within(size)
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in read(tile.start, tile.width))


def parse_hash_tile(tile: Tile, data: bytes) -> list[bytes]:
    """The hashes in a tile's bytes. Raises `TileError`."""
    if len(data) != tile.width * HASH_SIZE:
        raise TileError("tile: not as many hashes as its width")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def parse_entry_bundle(tile: Tile, data: bytes) -> list[bytes]:
    """The leaves in a bundle's bytes. Raises `TileError`."""
    leaves = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise TileError("bundle: ends within an entry")
        leaves.append(data[at + 2 : end])
        at = end
    if len(leaves) != tile.width:
        raise TileError("bundle: not as many entries as its width")
    return leaves


def _tiles(level: int | None, count: int) -> Iterator[Tile]:
    for index in range(count // WIDTH):
        yield Tile(level, index)
    if count % WIDTH:
        yield Tile(level, count // WIDTH, count % WIDTH)


def entry_bundles(size: int) -> Iterator[Tile]:
    """The bundles that hold all entries of a tree of `size`."""
    return _tiles(None, size)


def hash_tiles(size: int) -> Iterator[Tile]:
    """All hash tiles of a tree of `size`, level by level."""
    level = 0
    while size:
        yield from _tiles(level, size)
        size //= WIDTH
        level += 1
