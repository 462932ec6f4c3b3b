"""Run by `tlog_tools.fed` in the environment of aics-witness: submits a folder's checkpoint to a witness."""

# ruff: noqa: T201 -- the answer goes to standard output
import json
import sys
from functools import partial
from pathlib import Path

from aics_tlog import FileSystemTileReader, consistency_proof_from_tiles, parse_checkpoint, parse_note
from aics_witness import WitnessClient

asked = json.load(sys.stdin)
folder = Path(asked["folder"])
note = (folder / "checkpoint").read_bytes()
size = parse_checkpoint(parse_note(note).text).size
reader = FileSystemTileReader(folder)
client = WitnessClient(asked["url"], asked["vkey"])
proof = partial(consistency_proof_from_tiles, reader)
lines = client.submit(note, proof, old_size=asked["old"])
print(json.dumps({"size": size, "lines": lines}))
