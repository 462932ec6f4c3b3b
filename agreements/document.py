"""Strict documents: YAML text or a parsed JSON body as a tree of values that know where they stand.

A scalar stays the text somebody wrote: no date, number or truth value is guessed from it; the form that
reads it says what it must be. Tags, anchors, aliases, merge keys, duplicate keys, directives, a second
document and characters nobody can see are refused, and nothing is ever constructed from a file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import yaml

from agreements.fault import Fault, InvalidDocument, MisfitError, Path, Place, nameable

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 20
MAX_NODES: Final = 50_000

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Style(Enum):
    """How a scalar was written."""

    PLAIN = "plain"
    """YAML without quotes: the form decides what it is."""
    QUOTED = "quoted"
    """Quoted or block text of YAML, or a JSON string: always text."""
    VALUE = "value"
    """A JSON number, boolean or null: never text."""


class Mark(Protocol):
    """Where the YAML reader stood: line and column from 0."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


At: TypeAlias = Place | Mark | None
"""A place, or the reader's mark of one, which becomes a place only when something is wrong there."""


class Scalar(NamedTuple):
    text: str
    style: Style
    at: At = None

    @property
    def place(self) -> Place | None:
        return _place(self.at)


class ListNode(NamedTuple):
    items: tuple[Node, ...]
    at: At = None

    @property
    def place(self) -> Place | None:
        return _place(self.at)


class MapNode(NamedTuple):
    """Entries in the order written; no key occurs twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    at: At = None

    @property
    def place(self) -> Place | None:
        return _place(self.at)


def _place(at: At) -> Place | None:
    return at if at is None or isinstance(at, Place) else Place(at.line + 1, at.column + 1)


Node: TypeAlias = Scalar | ListNode | MapNode

_UNSEEN: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
"""Controls, bidirectional marks, zero-width and filler characters, surrogates, private use, U+FFFD."""
_UNSEEN_IN_FILE: Final = re.compile(f"[{_UNSEEN}]|\r(?!\n)")
_UNSEEN_IN_TEXT: Final = re.compile(f"[{_UNSEEN}\r]")
VISIBLE: Final = "text without control, bidirectional or invisible characters"
_BYTE_ORDER_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_yaml(source: bytes | str, file: str) -> Node:
    """Read one YAML document; `file` is only named in errors.

    Raises:
        InvalidDocument: it is not UTF-8 of at most `MAX_BYTES`, is not well-formed, is deeper than
            `MAX_DEPTH`, has more than `MAX_NODES` values, or uses what the module forbids.
    """
    try:
        return _Tree().read(_text(source))
    except MisfitError as misfit:
        raise InvalidDocument.of(file, misfit.faults) from None


def shows(text: str) -> bool:
    """Whether a text holds no control, bidirectional or invisible character."""
    return (text.isascii() and text.isprintable()) or not _UNSEEN_IN_TEXT.search(text)


def _text(source: bytes | str) -> str:
    top = Place(1, 1)
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(data) > MAX_BYTES:
        raise MisfitError(Fault(top, f"at most {MAX_BYTES} bytes"))
    if data.startswith(_BYTE_ORDER_MARKS):
        raise MisfitError(Fault(top, "UTF-8 without a byte order mark"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MisfitError(Fault(Place(line, 1), "UTF-8 text")) from None
    unseen = _UNSEEN_IN_FILE.search(text)
    if unseen is not None:
        start = text.rfind("\n", 0, unseen.start()) + 1
        place = Place(text.count("\n", 0, unseen.start()) + 1, unseen.start() - start + 1)
        raise MisfitError(Fault(place, VISIBLE))
    return text


_PLAIN: Final = Style.PLAIN
_QUOTED: Final = Style.QUOTED
_new: Final = tuple.__new__
"""Makes a named tuple without the call in between; there is a scalar for every word of every file."""


class _Open:
    """A list or mapping whose end has not been reached."""

    __slots__ = ("at", "entries", "items", "key", "keyed")

    def __init__(self, at: At, *, keyed: bool) -> None:
        self.at = at
        self.keyed = keyed
        self.items: list[Node] = []
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        self.key: Scalar | None = None

    @property
    def step(self) -> str | int:
        if not self.keyed:
            return len(self.items)
        return nameable(self.key.text) if self.key else "?"

    def close(self) -> Node:
        if self.keyed:
            return MapNode(tuple(self.entries.values()), self.at)
        return ListNode(tuple(self.items), self.at)


class _Tree:
    """Builds nodes from the event stream without recursion, so that depth costs nothing before the cap.

    A set of agreements is millions of events, so each takes one look-up and one call.
    """

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._nodes = 0

    def read(self, text: str) -> Node:
        take, other, next_event = _TAKE, _Tree.refuse, yaml.CSafeLoader(text).get_event
        try:
            while (event := next_event()) is not None:
                take.get(type(event), other)(self, event)
        except yaml.MarkedYAMLError as error:
            # libyaml's problems are fixed phrases of its own; they never quote the file.
            place = _place(error.problem_mark) or Place(1, 1)
            raise MisfitError(Fault(place, f"well-formed YAML ({error.problem})")) from None
        except yaml.YAMLError:
            raise MisfitError(Fault(Place(1, 1), "well-formed YAML")) from None
        if self._root is None:
            raise MisfitError(Fault(Place(1, 1), "a document"))
        return self._root

    def refuse(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._misfit(event.start_mark, "no alias")
        if isinstance(event, yaml.DocumentStartEvent):
            if self._root is not None:
                raise self._misfit(event.start_mark, "one document only")
            if event.version or event.tags:
                raise self._misfit(event.start_mark, "no directive")

    def scalar(self, event: yaml.ScalarEvent) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES or event.anchor is not None or event.tag is not None:
            raise self._inadmissible(event)
        text = event.value
        # The file has been searched; only double quotes have escapes that make characters it does not show.
        if event.style == '"' and _UNSEEN_IN_TEXT.search(text):
            raise self._misfit(event.start_mark, VISIBLE)
        scalar = _new(Scalar, (text, _PLAIN if event.implicit[0] else _QUOTED, event.start_mark))
        if not self._open:
            self._root = scalar
            return
        parent = self._open[-1]
        if not parent.keyed:
            parent.items.append(scalar)
        elif parent.key is None:
            self._key(parent, scalar)
        else:
            parent.entries[parent.key.text] = (parent.key, scalar)
            parent.key = None

    def open_map(self, event: yaml.MappingStartEvent) -> None:
        self._start(event, _Open(event.start_mark, keyed=True))

    def open_list(self, event: yaml.SequenceStartEvent) -> None:
        self._start(event, _Open(event.start_mark, keyed=False))

    def _start(self, event: yaml.CollectionStartEvent, opened: _Open) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES or event.anchor is not None or event.tag is not None:
            raise self._inadmissible(event)
        if len(self._open) == MAX_DEPTH:
            raise self._misfit(opened.at, f"at most {MAX_DEPTH} levels of nesting")
        if self._open and self._open[-1].keyed and self._open[-1].key is None:
            raise self._misfit(opened.at, "a word as key")
        self._open.append(opened)

    def end(self, _: yaml.Event) -> None:
        node = self._open.pop().close()
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if not parent.keyed:
            parent.items.append(node)
        elif parent.key is not None:
            parent.entries[parent.key.text] = (parent.key, node)
            parent.key = None

    def _key(self, parent: _Open, key: Scalar) -> None:
        parent.key = key
        if key.text == "<<" and key.style is Style.PLAIN:
            raise self._misfit(key.at, "no merge key")
        if key.text in parent.entries:
            raise self._misfit(key.at, "each key once")

    def _inadmissible(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> MisfitError:
        if self._nodes > MAX_NODES:
            return self._misfit(event.start_mark, f"at most {MAX_NODES} values")
        return self._misfit(event.start_mark, "no tag" if event.anchor is None else "no anchor")

    def _misfit(self, at: At, expected: str) -> MisfitError:
        path: Path = tuple(parent.step for parent in self._open)
        return MisfitError(Fault(_place(at), expected, path))


_TAKE: Final[dict[type, Callable[[_Tree, Any], None]]] = {
    yaml.ScalarEvent: _Tree.scalar,
    yaml.MappingStartEvent: _Tree.open_map,
    yaml.SequenceStartEvent: _Tree.open_list,
    yaml.MappingEndEvent: _Tree.end,
    yaml.SequenceEndEvent: _Tree.end,
}
