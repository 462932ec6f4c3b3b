"""Run by `tlog_tools.scales` in the environment of tlog-scales: reads a folder of tiles with it alone."""

# ruff: noqa: T201 -- the answer goes to standard output
import hashlib
import json
import sys
from pathlib import Path

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet

asked = json.load(sys.stdin)
reader = TilesReader(LocalBackend(Path(asked["folder"])))
checkpoint = reader.get_checkpoint()
keys = VkeySet(*(Vkey.from_string(vkey) for vkey in asked["vkeys"]))
signed = {key.name for key, _ in keys.verify(checkpoint.signatures, checkpoint)}
assert reader.calculate_root_hash() == checkpoint.root_hash, "root"
leaf = hashlib.sha256(b"\x00" + reader.get_entry(asked["index"])).digest()
reader.get_inclusion_proof(asked["index"], checkpoint.size).check(leaf, checkpoint.root_hash)
old = reader.mth(0, asked["old"])
reader.get_consistency_proof(asked["old"], checkpoint.size).check(old, checkpoint.root_hash)
print(json.dumps({"size": checkpoint.size, "signed": len(keys.keys), "by": sorted(signed)}))
