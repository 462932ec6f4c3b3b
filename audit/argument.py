"""The argument by which a ledger is verified; `audit.report.Step` numbers its steps.

It believes nothing but the keys it is given. The checkpoints are signed, and cosigned where that is demanded;
the entries hash to the signed root;
their beginnings hash to every checkpoint seen before; so receipts under those checkpoints prove; and what is
opened is what was sealed, in an order that keeps the rules.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

from audit.checkpoint import Checkpoint, NoteError, NoteKey, open_checkpoint
from audit.encoding import Json, MalformedError
from audit.export import ExportedLeaf
from audit.merkle import leaf_hash, verify_inclusion
from audit.order import OrderRules
from audit.policy import Policy
from audit.receipt import ShownReceipt
from audit.record import CommitmentError, Leaf, check_leaf, check_opened, parse_leaf
from audit.rehash import RehashedTree
from audit.report import Findings, Report, Step
from audit.sources import Source, SourceError

Progress: TypeAlias = Callable[[int, int], None]
"""(entries done, entries in all), called now and then."""

_TICK = 4096


def verify(
    source: Source | None,
    keys: Sequence[NoteKey],
    checkpoints: Sequence[str] = (),
    receipts: Sequence[ShownReceipt] = (),
    progress: Progress | None = None,
    policy: Policy | None = None,
) -> Report:
    """Verify a ledger against the `keys` trusted, the `checkpoints` (signed notes) seen before and the
    `receipts` held. Without a source, receipts and checkpoints are held against each other only.

    A `policy` says which cosignatures the ledger's own head must bear; where no ledger is at hand, every
    checkpoint and receipt.

    Raises `ValueError` for no keys, or for nothing to verify: nothing would have been verified.
    """
    if not keys:
        raise ValueError("keys: none given, so nothing can be verified")
    if source is None and not checkpoints and not receipts:
        raise ValueError("nothing to verify: no ledger, checkpoint or receipt")
    return _Verification(keys, progress, policy).run(source, checkpoints, receipts)


class _Verification:
    """One run of the argument."""

    def __init__(self, keys: Sequence[NoteKey], progress: Progress | None, policy: Policy | None) -> None:
        self._keys = keys
        self._progress = progress
        self._policy = policy if policy is not None and policy.wants_witnesses else None
        self._findings = Findings()
        self._tree = RehashedTree()
        self._rules = OrderRules()
        self._facts: dict[str, Json] = {}
        self._opened = 0
        self._judged = 0

    def run(self, source: Source | None, notes: Sequence[str], receipts: Sequence[ShownReceipt]) -> Report:
        seen = self._signed(notes, "a checkpoint held")
        shown = [
            (receipt, self._signed([receipt.checkpoint], "a receipt's checkpoint")) for receipt in receipts
        ]
        seen += [checkpoint for _, signed in shown for checkpoint in signed]
        if source is not None:
            try:
                self._read(source)
                own = self._signed(source.checkpoints(), "the ledger's checkpoint")
                self._check_head_witnessed(source.checkpoints())
                self._check_root(source, own)
                self._check_consistent([*own, *seen], source.origin)
                self._check_tiles(source)
            except SourceError as fault:
                self._findings.add(Step.READ, str(fault))
        else:
            held = [*notes, *(receipt.checkpoint for receipt in receipts)]
            self._check_all_witnessed(held)
        self._check_split_view(seen)
        self._check_receipts(shown, in_ledger=source is not None)
        return self._findings.report(self._facts)

    def _signed(self, notes: Iterable[str], what: str) -> list[Checkpoint]:
        """Step 2: the checkpoints among `notes` that a trusted key signed."""
        signed = []
        for note in notes:
            self._findings.checked[Step.SIGNED] += 1
            try:
                signed.append(open_checkpoint(note, self._keys))
            except NoteError as fault:
                self._findings.add(Step.SIGNED, f"{what}: {fault}")
        return signed

    def _check_head_witnessed(self, notes: Sequence[str]) -> None:
        """Step 3: one of the ledger's own checkpoints bears the cosignatures demanded.

        Entries after the last one that does are counted: they are signed, but not witnessed yet. A checkpoint
        that precedes it needs none of its own: step 7 holds it against the entries.
        """
        if self._policy is None:
            return
        met = [note for note in notes if self._is_witnessed(note)]
        if not met:
            self._findings.add(Step.WITNESSED, "the ledger's checkpoint lacks cosignatures demanded")
            return
        reached = max((checkpoint.size for checkpoint in self._opened_of(met)), default=0)
        if self._tree.size > reached:
            self._facts["Entries not witnessed yet"] = self._tree.size - reached

    def _check_all_witnessed(self, notes: Sequence[str]) -> None:
        """Step 3 without a ledger: every checkpoint relied on bears the cosignatures demanded."""
        for note in notes if self._policy is not None else ():
            if not self._is_witnessed(note):
                self._findings.add(Step.WITNESSED, "a checkpoint held lacks cosignatures demanded")

    def _is_witnessed(self, note: str) -> bool:
        self._findings.checked[Step.WITNESSED] += 1
        try:
            return self._policy is None or self._policy.is_met(note)
        except NoteError as fault:
            self._findings.add(Step.WITNESSED, str(fault))
            return False

    def _opened_of(self, notes: Sequence[str]) -> Iterator[Checkpoint]:
        """The checkpoints among notes; which are not signed is step 2's to say."""
        for note in notes:
            with suppress(NoteError):
                yield open_checkpoint(note, self._keys)

    def _read(self, source: Source) -> None:
        """Steps 1, 4, 5, 9 and 10: every leaf and every opened payload, once."""
        self._findings.checked[Step.READ] += 1
        self._facts["Ledger"] = source.origin
        if source.claimed_key is not None and source.claimed_key not in {str(key) for key in self._keys}:
            self._findings.add(Step.READ, "the ledger names a key that is not among those you trust")
        try:
            for exported in source.leaves():
                self._read_leaf(exported)
                if self._progress is not None and self._tree.size % _TICK == 0:
                    self._progress(self._tree.size, source.size)
        finally:
            self._count()
        if self._tree.size != source.size:
            self._findings.add(Step.SEQUENCE, "not as many entries as announced: some are missing or added")
        if self._progress is not None:
            self._progress(self._tree.size, source.size)
        self._facts |= {"Entries": self._tree.size, "Entries opened to this reader": self._opened}
        for place, overdue in self._rules.overdue():
            self._findings.add(Step.ORDER, overdue, place)
        if self._rules.unjudged:
            unjudged = "Answers and reviews that cannot be judged from the opened entries"
            self._facts[unjudged] = self._rules.unjudged

    def _count(self) -> None:
        checked = self._findings.checked
        checked[Step.SEQUENCE] = checked[Step.SHAPE] = self._tree.size
        checked[Step.OPENED], checked[Step.ORDER] = self._opened, self._judged

    def _read_leaf(self, exported: ExportedLeaf) -> None:
        place = self._tree.size
        self._tree.append(leaf_hash(exported.leaf))
        if exported.index != place:
            self._findings.add(Step.SEQUENCE, "is numbered out of sequence", place)
        try:
            if exported.opened is None:
                check_leaf(exported.leaf)
                self._rules.pass_unopened()
            else:
                self._read_payload(place, parse_leaf(exported.leaf), *exported.opened)
        except MalformedError as fault:
            self._findings.add(Step.SHAPE, str(fault), place)
            self._rules.pass_unopened()

    def _read_payload(self, place: int, leaf: Leaf, salt: bytes, payload: bytes) -> None:
        self._opened += 1
        try:
            opened = check_opened(leaf, salt, payload)
        except (CommitmentError, MalformedError) as fault:
            self._findings.add(Step.OPENED, str(fault), place)
            self._rules.pass_unopened()
            return
        self._judged += 1
        for broken in self._rules.see(opened, place):
            self._findings.add(Step.ORDER, broken, place)

    def _check_root(self, source: Source, own: Sequence[Checkpoint]) -> None:
        """Step 6: a signed checkpoint of the ledger itself covers every entry."""
        self._findings.checked[Step.ROOT] += 1
        heads = [checkpoint for checkpoint in own if checkpoint.size == self._tree.size]
        if not heads:
            self._findings.add(Step.ROOT, "no checkpoint signed by a key you trust covers all entries")
        for head in heads:
            if head.root != self._tree.root(head.size):
                self._findings.add(Step.ROOT, "the entries do not add up to the signed fingerprint")
        if heads:
            self._facts["Checkpoint"] = f"{source.origin}, {heads[-1].size:,} entries"

    def _check_consistent(self, seen: Sequence[Checkpoint], origin: str) -> None:
        """Step 7: each checkpoint ever seen is of a prefix of this tree."""
        for checkpoint in seen:
            self._findings.checked[Step.CONSISTENT] += 1
            size = f"the checkpoint of {checkpoint.size:,} entries"
            if checkpoint.origin != origin:
                self._findings.add(Step.CONSISTENT, f"{size} is of another ledger")
            elif checkpoint.size > self._tree.size:
                self._findings.add(Step.CONSISTENT, f"{size} was seen, but this ledger ends before it")
            elif checkpoint.root != self._tree.root(checkpoint.size):
                self._findings.add(Step.CONSISTENT, f"{size} was of other entries than these")

    def _check_split_view(self, seen: Sequence[Checkpoint]) -> None:
        """Step 7, ledger or no ledger: of one size there is one checkpoint."""
        roots: dict[tuple[str, int], bytes] = {}
        for checkpoint in seen:
            known = roots.setdefault((checkpoint.origin, checkpoint.size), checkpoint.root)
            if known != checkpoint.root:
                message = f"two checkpoints of {checkpoint.size:,} entries differ: two views were shown"
                self._findings.add(Step.CONSISTENT, message)

    def _check_receipts(
        self, shown: Sequence[tuple[ShownReceipt, Sequence[Checkpoint]]], *, in_ledger: bool
    ) -> None:
        """Step 8: each receipt proves its entry under its checkpoint, and the ledger has that entry there.

        That its checkpoint is of this ledger is step 7.
        """
        for receipt, signed in shown:
            self._findings.checked[Step.RECEIPTS] += 1
            for checkpoint in signed:
                if not verify_inclusion(
                    receipt.index,
                    checkpoint.size,
                    receipt.leaf_hash,
                    receipt.inclusion_proof,
                    checkpoint.root,
                ):
                    self._findings.add(Step.RECEIPTS, "the receipt does not prove its entry", receipt.index)
            if in_ledger and (
                receipt.index >= self._tree.size or self._tree.read(0, receipt.index) != receipt.leaf_hash
            ):
                self._findings.add(
                    Step.RECEIPTS, "the receipt is for an entry not in this ledger", receipt.index
                )

    def _check_tiles(self, source: Source) -> None:
        """Step 11: the hashes published as tiles are those of the entries."""
        for tile, hashes in source.hash_tiles():
            self._findings.checked[Step.TILES] += 1
            level = 8 * (tile.level or 0)
            if any(value != self._tree.read(level, index) for index, value in enumerate(hashes, tile.start)):
                self._findings.add(Step.TILES, f"{tile.path} is not of the entries served")
