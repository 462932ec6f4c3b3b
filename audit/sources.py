"""Where a verifier reads a ledger from: an export file, or a gateway's public read paths."""

import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from audit.checkpoint import Checkpoint, NoteError
from audit.encoding import MalformedError
from audit.export import ExportedLeaf, ExportReader
from audit.tiles import Tile, TileError, entry_bundles, hash_tiles, parse_entry_bundle, parse_hash_tile

TIMEOUT = 10.0  # seconds, for one answer as a whole
MAX_BODY = 17 << 20  # bytes; a full bundle of the longest entries fits


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


class UrlSource:
    """The read paths below `<url>/ledger/`: `checkpoint` and `tile/…` of C2SP tlog-tiles.

    Redirects are refused, environment proxies ignored, and every answer bounded in time and size.
    """

    claimed_key: str | None = None

    def __init__(self, url: str) -> None:
        """Reads the checkpoint. Raises `SourceError`."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise SourceError("url: not http(s)://host[:port][/path]")
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/") + "/ledger/"
        self._connection = self._connect()
        try:
            self._note = self._text("checkpoint")
            # The signature is checked with the auditor's keys later; this only tells how far to read.
            claimed = Checkpoint.parse(self._note.rpartition("\n\n")[0] + "\n")
        except NoteError as fault:
            self.close()
            raise SourceError(str(fault)) from None
        except SourceError:
            self.close()
            raise
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

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _connect(self) -> HTTPConnection:
        if self._https:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=context)
        return HTTPConnection(self._host, self._port, timeout=TIMEOUT)

    def _text(self, path: str) -> str:
        try:
            return self._get(path).decode("utf-8")
        except UnicodeDecodeError:
            raise SourceError(f"{path}: not UTF-8") from None

    def _get(self, path: str) -> bytes:
        deadline = time.monotonic() + TIMEOUT
        try:
            self._connection.request("GET", self._prefix + path, headers={"Accept-Encoding": "identity"})
            with closing(self._connection.getresponse()) as response:
                return _body(response, path, deadline)
        except (OSError, HTTPException):
            raise SourceError(f"{path}: not reachable, or cut off") from None


def _body(response: HTTPResponse, path: str, deadline: float) -> bytes:
    if response.status != 200:
        raise SourceError(f"{path}: answered with status {response.status}")
    body = bytearray()
    while chunk := response.read1(1 << 16):
        body += chunk
        if len(body) > MAX_BODY or time.monotonic() > deadline:
            raise SourceError(f"{path}: larger or slower than allowed")
    if response.length:
        raise SourceError(f"{path}: cut off")
    return bytes(body)
