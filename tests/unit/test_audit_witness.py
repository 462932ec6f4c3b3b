"""A witness: one table of what it is sent and what it answers, and what it remembers."""

from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint, CheckpointSigner
from audit.cosignature import Algorithm, Cosigner, CosignerKey, cosigned
from audit.merkle import consistency_proof, leaf_hash
from audit.rehash import RehashedTree
from audit.witness_memory import MemoryFault, Misdeed, WitnessMemory
from audit.witnessing import SIZE_TYPE, Reply, Submission, Witness
from tests.audit_site import ORIGIN, SIGNER

NOW = 1_770_000_000
STRANGER = CheckpointSigner.from_raw(ORIGIN, b"s" * 32)
ELSEWHERE = CheckpointSigner.from_raw("elsewhere.example", b"e" * 32)


def grown(size: int, fork_at: int | None = None) -> RehashedTree:
    """A tree of so many leaves, other than the honest one from `fork_at` on."""
    tree = RehashedTree()
    for index in range(size):
        other = fork_at is not None and index >= fork_at
        tree.append(leaf_hash(f"{index}{'x' if other else ''}".encode()))
    return tree


TREE, FORK = grown(20), grown(20, fork_at=3)


def note(size: int, tree: RehashedTree = TREE, signer: CheckpointSigner = SIGNER) -> str:
    return signer.sign(Checkpoint(signer.key.name, size, tree.root(size)))


def body(old: int, size: int, tree: RehashedTree = TREE, signer: CheckpointSigner = SIGNER) -> bytes:
    proof = consistency_proof(old, size, tree.read) if old <= size else []
    return Submission(old, tuple(proof), note(size, tree, signer)).body


@pytest.fixture
def memory(tmp_path: Path) -> WitnessMemory:
    return WitnessMemory(tmp_path)


@pytest.fixture
def witness(memory: WitnessMemory) -> Witness:
    """Has cosigned a tree of seven."""
    cosigners = memory.cosigners("w.example/1", ml_dsa=True)
    witness = Witness(cosigners, [SIGNER.key], memory, lambda: NOW)
    assert witness.add_checkpoint(body(0, 7)).status == 200
    return witness


TEXT = note(9).encode()


@pytest.mark.parametrize(
    ("sent", "status", "kept"),
    [
        pytest.param(body(7, 9), 200, None, id="grown"),
        pytest.param(body(7, 7), 200, None, id="not grown"),
        pytest.param(body(7, 20), 200, None, id="grown much"),
        pytest.param(body(0, 9), 409, None, id="from nothing"),
        pytest.param(body(5, 9), 409, None, id="from before"),
        pytest.param(body(9, 20), 409, None, id="from beyond"),
        pytest.param(body(5, 5), 409, None, id="taken back"),
        pytest.param(body(0, 0), 409, None, id="taken back to nothing"),
        pytest.param(body(0, 5), 409, None, id="taken back, as if new"),
        pytest.param(body(7, 7, FORK), 409, Misdeed.TWO_HEADS, id="two heads of one size"),
        pytest.param(body(0, 7, FORK), 409, Misdeed.TWO_HEADS, id="two heads of one size, as if new"),
        pytest.param(body(7, 9, FORK), 422, Misdeed.UNPROVEN, id="rewritten"),
        pytest.param(Submission(7, (), note(9)).body, 422, Misdeed.UNPROVEN, id="no proof"),
        pytest.param(
            Submission(7, (bytes(32),), note(7)).body, 422, Misdeed.UNPROVEN, id="a proof of nothing"
        ),
        pytest.param(Submission(9, (), note(7)).body, 400, None, id="old beyond the checkpoint"),
        pytest.param(body(7, 9, TREE, STRANGER), 403, None, id="signed by a stranger"),
        pytest.param(body(0, 9, TREE, ELSEWHERE), 404, None, id="of another ledger"),
        pytest.param(b"", 400, None, id="nothing"),
        pytest.param(b"old 7\n\n", 400, None, id="no checkpoint"),
        pytest.param(b"old 07\n\n" + TEXT, 400, None, id="a nought before the size"),
        pytest.param(b"old -7\n\n" + TEXT, 400, None, id="a negative size"),
        pytest.param(b"Old 7\n\n" + TEXT, 400, None, id="a capital"),
        pytest.param(b"old 7\r\n\r\n" + TEXT, 400, None, id="lines as on Windows"),
        pytest.param(b"old 7\nAAAA\n\n" + TEXT, 400, None, id="a hash too short"),
        pytest.param(
            b"old 7\n" + b"\n".join([b"A" * 43 + b"="] * 64) + b"\n\n" + TEXT, 400, None, id="64 hashes"
        ),
        pytest.param(b"old 7\n\n\xff", 400, None, id="not text"),
    ],
)
def test_a_submission(
    witness: Witness, memory: WitnessMemory, sent: bytes, status: int, kept: Misdeed | None
) -> None:
    before, _ = memory.head(ORIGIN)
    reply = witness.add_checkpoint(sent)
    assert reply.status == status, reply.body
    if status == 409:
        assert (reply.body, reply.content_type) == ("7\n", SIZE_TYPE)
    after, _ = memory.head(ORIGIN)
    assert (after == before) is (status != 200 or "old 7\n\n" in sent.decode() or before.size == after.size)
    assert [each["misdeed"] for each in memory.evidence()] == ([kept.value] if kept else [])
    assert (reply.alarm is not None) is (kept is not None)


def keys(witness: Witness) -> list[CosignerKey]:
    return [cosigner.key for cosigner in witness._cosigners]


def test_a_cosignature_is_of_the_note_the_time_and_every_key(witness: Witness) -> None:
    reply = witness.add_checkpoint(body(7, 9))
    assert cosigned(note(9) + reply.body, keys(witness)) == dict.fromkeys(keys(witness), NOW)
    assert [key.algorithm for key in keys(witness)] == [Algorithm.ED25519, Algorithm.ML_DSA_44]


def test_evidence_is_enough_for_a_third_party(witness: Witness, memory: WitnessMemory) -> None:
    witness.add_checkpoint(body(7, 7, FORK))
    (evidence,) = memory.evidence()
    assert (evidence["cosigned"], evidence["refused"]) == (note(7), note(7, FORK))
    assert (evidence["origin"], evidence["old_size"], evidence["at"]) == (ORIGIN, 7, NOW)


def test_the_same_evidence_is_kept_once(witness: Witness, memory: WitnessMemory) -> None:
    alarms = {witness.add_checkpoint(body(7, 9, FORK)).alarm for _ in range(3)}
    assert len(list(memory.evidence())) == 1
    assert alarms == {"unproven: evidence kept", "unproven: evidence kept before"}


def test_a_witness_started_again_remembers(witness: Witness, tmp_path: Path) -> None:
    again = WitnessMemory(tmp_path)
    fresh = Witness(again.cosigners(None, ml_dsa=True), [SIGNER.key], again, lambda: NOW)
    assert [str(key) for key in keys(fresh)] == [str(key) for key in keys(witness)]
    assert fresh.add_checkpoint(body(0, 9)).status == 409
    assert fresh.add_checkpoint(body(7, 9)).status == 200


def test_ledgers_are_kept_apart(memory: WitnessMemory) -> None:
    witness = Witness(memory.cosigners("w", ml_dsa=False), [SIGNER.key, ELSEWHERE.key], memory, lambda: NOW)
    assert witness.add_checkpoint(body(0, 7)).status == 200
    assert witness.add_checkpoint(body(0, 7, FORK, ELSEWHERE)).status == 200


def test_what_cannot_be_remembered_is_not_cosigned(
    witness: Witness, memory: WitnessMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audit.witness_memory.write_durably", full)
    reply = witness.add_checkpoint(body(7, 9))
    assert (reply.status, reply.alarm) == (500, "memory: OSError")
    monkeypatch.undo()
    assert witness.add_checkpoint(body(7, 9)).status == 200


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"\xff", note(7).replace("gateway", "getaway").encode()]
)
def test_a_memory_damaged_cosigns_nothing(witness: Witness, tmp_path: Path, content: bytes) -> None:
    (head,) = (tmp_path / "heads").iterdir()
    head.write_bytes(content)
    assert witness.add_checkpoint(body(7, 9)).status == 500
    assert witness.add_checkpoint(body(0, 9)).status == 500


def test_a_new_witness_needs_a_name_and_keeps_it(memory: WitnessMemory) -> None:
    with pytest.raises(MemoryFault, match="name"):
        memory.cosigners(None, ml_dsa=False)
    with pytest.raises(MemoryFault, match="key"):
        memory.cosigners("two words", ml_dsa=False)
    memory.cosigners("w", ml_dsa=False)
    with pytest.raises(MemoryFault, match="name"):
        memory.cosigners("v", ml_dsa=False)


def test_the_key_is_its_owners_alone(witness: Witness, tmp_path: Path) -> None:
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


class ForgetfulWitness(Witness):
    """The fault planted: it cosigns whatever is signed, and compares with nothing."""

    def add_checkpoint(self, body: bytes) -> Reply:
        sent = Submission.parse(body)
        text = sent.note.rpartition("\n\n")[0] + "\n"
        return Reply(200, "".join(cosigner.line(text, NOW) for cosigner in self._cosigners))


def test_a_witness_that_forgets_fails_this_table(memory: WitnessMemory) -> None:
    forgetful = ForgetfulWitness(memory.cosigners("w", ml_dsa=False), [SIGNER.key], memory, lambda: NOW)
    refused = [body(5, 5), body(7, 7, FORK), body(7, 9, FORK)]
    assert [forgetful.add_checkpoint(sent).status for sent in refused] == [200, 200, 200]


def test_a_cosigner_key_is_read_as_it_is_written() -> None:
    for algorithm in Algorithm:
        key = Cosigner("w.example", algorithm, b"k" * 32).key
        assert CosignerKey.parse(str(key)) == key
