"""The auditor's trust file (c2sp.org/tlog-policy): ledgers trusted, and witnesses who must have cosigned.

log <vkey> [<url>]
witness <name> <vkey> [<url>]
group <name> all|any|<k> <name>...
quorum <name>|none
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audit.checkpoint import NoteError, NoteKey
from audit.cosignature import CosignerKey, cosigned, parse_log_key

MAX_FILE = 1 << 20  # bytes
NO_QUORUM = "none"

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class PolicyError(ValueError):
    """A policy breaks its format. The message names the line and the rule."""


@dataclass(frozen=True, slots=True)
class Group:
    """Has witnessed what at least `threshold` of its `members` have, each a witness or a group."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which checkpoints are believed."""

    logs: tuple[NoteKey, ...]
    witnesses: Mapping[str, CosignerKey]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def wants_witnesses(self) -> bool:
        """Whether a checkpoint without cosignatures is not enough."""
        return self.quorum != NO_QUORUM

    def is_met(self, note: str) -> bool:
        """Whether the cosignatures on a note satisfy the quorum. Raises `NoteError` as `cosigned` does."""
        found = cosigned(note, tuple(self.witnesses.values()))
        return not self.wants_witnesses or self._has_witnessed(self.quorum, found)

    def _has_witnessed(self, name: str, found: Mapping[CosignerKey, int]) -> bool:
        witness = self.witnesses.get(name)
        if witness is not None:
            return witness in found
        group = self.groups[name]
        return sum(self._has_witnessed(member, found) for member in group.members) >= group.threshold


def parse_policy(data: bytes) -> Policy:
    """Read a policy file. Raises `PolicyError`."""
    if len(data) > MAX_FILE:
        raise PolicyError("policy: too large")
    if _FORBIDDEN.search(data):
        raise PolicyError("policy: a control character other than tab and newline")
    # Octets beyond ASCII are opaque: surrogates keep every octet apart from every other.
    reading = _Reading()
    for number, items in _lines(data.decode("utf-8", "surrogateescape")):
        try:
            reading.read(items)
        except (NoteError, PolicyError) as fault:
            raise PolicyError(f"line {number}: {fault}") from None
    return reading.policy()


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        items = [item for item in re.split(r"[ \t]+", line) if item]
        if items and not items[0].startswith("#"):
            yield number, items


@dataclass(slots=True)
class _Reading:
    logs: list[NoteKey] = field(default_factory=list)
    witnesses: dict[str, CosignerKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    publics: set[tuple[str, bytes]] = field(default_factory=set)
    quorum: str | None = None

    def read(self, items: Sequence[str]) -> None:
        match items:
            case ["log", vkey] | ["log", vkey, _]:
                key = parse_log_key(vkey)
                self._once("log", vkey)
                self.logs.append(key)
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._new(name)
                self.witnesses[name] = CosignerKey.parse(vkey)
                self._once("witness", vkey)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise PolicyError("not a log, witness, group or quorum line with its items")

    def _once(self, what: str, vkey: str) -> None:
        # The key itself must not stand twice, under whatever name: else one witness would count as two.
        public = (what, vkey.rpartition("+")[2].encode())
        if public in self.publics:
            raise PolicyError(f"{what}: its key stands twice")
        self.publics.add(public)

    def _new(self, name: str) -> None:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise PolicyError("name: taken, or none")

    def _group(self, name: str, threshold: str, members: Sequence[str]) -> None:
        self._new(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise PolicyError("group: a member is not defined on a line before")
            if member in self.members:
                raise PolicyError("group: a member stands in a group already")
            self.members.add(member)
        words = {"all": len(members), "any": 1}
        number = int(threshold) if _NUMBER.fullmatch(threshold) else words.get(threshold, 0)
        if not 1 <= number <= len(members):
            raise PolicyError("group: expected all, any, or a number from 1 to that of its members")
        self.groups[name] = Group(number, tuple(members))

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise PolicyError("quorum: stands twice")
        if name != NO_QUORUM and name not in self.witnesses and name not in self.groups:
            raise PolicyError("quorum: not defined on a line before")
        self.quorum = name

    def policy(self) -> Policy:
        if self.quorum is None:
            raise PolicyError("quorum: missing")
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)


def policy_text(
    logs: Sequence[NoteKey], witnesses: Sequence[tuple[str, CosignerKey, str]], threshold: int
) -> str:
    """A policy that wants `threshold` of the `witnesses` (name, key, URL) to have cosigned."""
    lines = [f"log {key}" for key in logs]
    lines += [f"witness {name} {key} {url}" for name, key, url in witnesses]
    if threshold:
        lines.append(f"group witnesses {threshold} {' '.join(name for name, _, _ in witnesses)}")
    lines.append(f"quorum {'witnesses' if threshold else NO_QUORUM}")
    return "\n".join(lines) + "\n"
