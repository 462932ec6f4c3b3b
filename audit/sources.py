"""Where a verifier reads a ledger from: an export file, a gateway's public read paths, or a copy of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from audit.checkpoint import Checkpoint, NoteError, split_note
from audit.encoding import MalformedError
from audit.export import ExportedLeaf, ExportReader
from audit.tiles import Tile, TileError, entry_bundles, hash_tiles, parse_entry_bundle, parse_hash_tile
from audit.web import MAX_BODY, Web, WebFault


class SourceError(Exception):
    """The ledger cannot be read from here. The message is for the auditor."""


class Source(Protocol):
    """A ledger to verify. Nothing it gives is believed."""

    @property
    def origin(self) -> str:
        """The ledger it says it is."""

    @property
    def size(self) -> int:
        """How many entries it says it has."""

    @property
    def claimed_key(self) -> str | None:
        """The verifier key it says it has, where it says so."""

    def leaves(self) -> Iterator[ExportedLeaf]:
        """Its leaves in order. Raises `SourceError`."""

    def checkpoints(self) -> tuple[str, ...]:
        """Its signed notes, known once `leaves` was read to its end."""

    def hash_tiles(self) -> Iterator[tuple[Tile, list[bytes]]]:
        """The hash tiles it publishes, if it does. Raises `SourceError`."""


class ExportSource:
    """An export file, read as a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raises `SourceError` when the header cannot be read."""
        try:
            self._reader = ExportReader(stream)
        except MalformedError as fault:
            raise SourceError(str(fault)) from None
        self.origin = self._reader.header.origin
        self.size = self._reader.header.size
        self.claimed_key: str | None = self._reader.header.vkey

    def leaves(self) -> Iterator[ExportedLeaf]:
        """The leaf lines."""
        try:
            yield from self._reader.leaves()
        except MalformedError as fault:
            raise SourceError(str(fault)) from None

    def checkpoints(self) -> tuple[str, ...]:
        """The checkpoint lines."""
        return self._reader.checkpoints()

    def hash_tiles(self) -> Iterator[tuple[Tile, list[bytes]]]:
        """None: an export has no tiles."""
        return iter(())


class TileSource:
    """The read paths of C2SP tlog-tiles: `checkpoint` and `tile/…`, wherever they stand.

    The checkpoint's signature is checked with the auditor's keys later; here it only tells how far to read.
    """

    claimed_key: str | None = None

    def __init__(self, get: Callable[[str], bytes]) -> None:
        """Reads the checkpoint. Raises `SourceError`, as `get` does for what cannot be had."""
        self._get = get
        try:
            self._note = get("checkpoint").decode("utf-8")
            claimed = Checkpoint.parse(split_note(self._note)[0])
        except UnicodeDecodeError:
            raise SourceError("checkpoint: not UTF-8") from None
        except NoteError as fault:
            raise SourceError(f"checkpoint: {fault}") from None
        self.origin, self.size = claimed.origin, claimed.size

    def leaves(self) -> Iterator[ExportedLeaf]:
        """The entries of all bundles."""
        for tile in entry_bundles(self.size):
            try:
                bundle = parse_entry_bundle(tile, self._get(tile.path))
            except TileError as fault:
                raise SourceError(str(fault)) from None
            for index, leaf in enumerate(bundle, tile.start):
                yield ExportedLeaf(index, leaf)

    def checkpoints(self) -> tuple[str, ...]:
        """The one checkpoint that was served."""
        return (self._note,)

    def hash_tiles(self) -> Iterator[tuple[Tile, list[bytes]]]:
        """Every hash tile of the tree of the checkpoint."""
        for tile in hash_tiles(self.size):
            try:
                yield tile, parse_hash_tile(tile, self._get(tile.path))
            except TileError as fault:
                raise SourceError(str(fault)) from None


class UrlSource(TileSource):
    """The read paths below `<url>/ledger/`."""

    def __init__(self, url: str) -> None:
        """Reads the checkpoint. Raises `SourceError`."""
        try:
            self._web = Web(url.rstrip("/") + "/ledger" if "?" not in url and "#" not in url else url)
        except WebFault as fault:
            raise SourceError(str(fault)) from None
        try:
            super().__init__(self._fetched)
        except SourceError:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        self._web.close()

    def _fetched(self, path: str) -> bytes:
        try:
            return self._web.get(path)
        except WebFault as fault:
            raise SourceError(str(fault)) from None


class FolderSource(TileSource):
    """A copy of the read paths in a folder, made for example by `wget` or from a backup."""

    def __init__(self, folder: Path) -> None:
        """Reads the checkpoint. Raises `SourceError`."""
        self._folder = folder
        super().__init__(self._read)

    def _read(self, path: str) -> bytes:
        try:
            with (self._folder / path).open("rb") as stream:
                data = stream.read(MAX_BODY + 1)
        except OSError as fault:
            raise SourceError(f"{path}: {fault.strerror}") from None
        if len(data) > MAX_BODY:
            raise SourceError(f"{path}: larger than allowed")
        return data
