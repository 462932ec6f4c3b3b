"""What can be wrong with the stored ledger."""


class LedgerFault(RuntimeError):  # noqa: N818 -- base of faults named for the state they find
    """The stored ledger is not what it must be. Nothing may be recorded, so nothing may be disclosed."""


class LedgerBehind(LedgerFault):
    """The store does not hold a checkpoint published before: it was restored from a copy, or rewritten."""


class NotCommitted(LedgerFault):
    """A receipt was asked for while the transaction of its entry was still open."""


class NoSuchEntryError(LookupError):
    """The ledger has no entry at this index, or no tree of this size."""
