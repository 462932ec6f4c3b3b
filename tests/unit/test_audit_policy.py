"""The trust file: what it allows, what it demands, and every way of writing it wrongly."""

from collections.abc import Iterable

import pytest

from audit.checkpoint import Checkpoint, NoteError
from audit.cosignature import Algorithm, Cosigner, parse_log_key
from audit.policy import Policy, PolicyError, parse_policy, policy_text
from tests.audit_site import ORIGIN, SIGNER

CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(range(32)))
NAMES = ("X1", "X2", "X3", "Y1", "Y2")
COSIGNERS = {
    name: Cosigner(f"{name.lower()}.example/w", Algorithm.ED25519, name.encode() * 16) for name in NAMES
}
QUANTUM = Cosigner("q.example/w", Algorithm.ML_DSA_44, b"q" * 32)
LOG = f"log {SIGNER.vkey}\n"
WITNESSES = "".join(f"witness {name} {cosigner.key}\n" for name, cosigner in COSIGNERS.items())
TWO_LEVELS = (
    f"{LOG}{WITNESSES}group X 2 X1 X2 X3\n"  # of C2SP's page, with a witness less
    "group Y any Y1 Y2\ngroup both all X Y\nquorum both\n"
)


def policy(text: str) -> Policy:
    return parse_policy(text.encode())


def note_by(names: Iterable[str]) -> str:
    lines = (COSIGNERS[name].line(CHECKPOINT.text, 1_700_000_000) for name in names)
    return SIGNER.sign(CHECKPOINT) + "".join(lines)


@pytest.mark.parametrize(
    ("rules", "cosigners", "met"),
    [
        pytest.param("quorum none", "", True, id="none demanded"),
        pytest.param("quorum X1", "X1", True, id="the one"),
        pytest.param("quorum X1", "X2", False, id="another than the one"),
        pytest.param("group g any X1 X2\nquorum g", "X2", True, id="any of two"),
        pytest.param("group g any X1 X2\nquorum g", "X3", False, id="none of them"),
        pytest.param("group g all X1 X2\nquorum g", "X1", False, id="one of all"),
        pytest.param("group g all X1 X2\nquorum g", "X1 X2", True, id="all"),
        pytest.param("group g 2 X1 X2 X3\nquorum g", "X1 X3", True, id="two of three"),
        pytest.param("group g 2 X1 X2 X3\nquorum g", "X1 X1", False, id="one twice is one"),
    ],
)
def test_a_quorum(rules: str, cosigners: str, met: bool) -> None:
    assert policy(f"{LOG}{WITNESSES}{rules}\n").is_met(note_by(cosigners.split())) is met


@pytest.mark.parametrize(
    ("cosigners", "met"),
    [("X1 X2 Y1", True), ("X1 X3 Y2", True), ("X1 X2 X3", False), ("X1 Y1 Y2", False), ("Y1 Y2", False)],
)
def test_the_two_levels_of_the_specification(cosigners: str, met: bool) -> None:
    assert policy(TWO_LEVELS).is_met(note_by(cosigners.split())) is met


def test_a_witness_with_ml_dsa_counts_like_any_other() -> None:
    trusted = policy(f"{LOG}witness q {QUANTUM.key} https://q.example/\nquorum q\n")
    assert not trusted.is_met(SIGNER.sign(CHECKPOINT))
    assert trusted.is_met(SIGNER.sign(CHECKPOINT) + QUANTUM.line(CHECKPOINT.text, 5))


def test_a_cosignature_on_another_head_refuses_the_note() -> None:
    other = Checkpoint(ORIGIN, 8, bytes(range(32)))
    moved = SIGNER.sign(CHECKPOINT) + COSIGNERS["X1"].line(other.text, 5)
    with pytest.raises(NoteError):
        policy(f"{LOG}{WITNESSES}quorum X1\n").is_met(moved)


def test_comments_blank_lines_and_tabs_mean_nothing() -> None:
    spaced = f"# ours\n\n\t log \t {SIGNER.vkey}   https://gateway.example\n  # more\n quorum\tnone \n"
    assert [str(key) for key in policy(spaced).logs] == [SIGNER.vkey]


def test_a_name_is_octets_not_characters() -> None:
    kelvin = f"witness K {COSIGNERS['X1'].key}\nwitness \u212a {COSIGNERS['X2'].key}\nquorum \u212a\n"
    assert set(policy(kelvin).witnesses) == {"K", "\u212a"}
    odd = b"witness \xff " + str(COSIGNERS["X1"].key).encode() + b"\nquorum \xff\n"
    assert parse_policy(odd).is_met(note_by(["X1"]))


def test_a_policy_written_is_the_policy_read() -> None:
    witnesses = [(name, cosigner.key, "https://w.example") for name, cosigner in COSIGNERS.items()]
    read = policy(policy_text([parse_log_key(SIGNER.vkey)], witnesses, 2))
    assert read.is_met(note_by(["X1", "Y2"]))
    assert not read.is_met(note_by(["X1"]))
    assert not policy(policy_text([parse_log_key(SIGNER.vkey)], witnesses, 0)).wants_witnesses


X1, X2 = (COSIGNERS[name].key for name in ("X1", "X2"))
RENAMED = Cosigner("other.example", Algorithm.ED25519, b"X1" * 16).key


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param("", "quorum: missing", id="nothing"),
        pytest.param(f"{LOG}quorum none\nquorum none\n", "line 3: quorum: stands twice", id="two quorums"),
        pytest.param("quorum X1\n", "line 1: quorum: not defined", id="quorum of nobody"),
        pytest.param(f"quorum X1\nwitness X1 {X1}\n", "line 1", id="quorum before its witness"),
        pytest.param(f"witness none {X1}\nquorum none\n", "name: taken, or none", id="a witness named none"),
        pytest.param(f"witness X1 {X1}\nwitness X1 {X2}\n", "line 2: name: taken", id="a name twice"),
        pytest.param(f"witness X1 {X1}\nwitness X2 {X1}\n", "stands twice", id="a key twice"),
        pytest.param(f"witness X1 {X1}\nwitness X2 {RENAMED}\n", "stands twice", id="a key under two names"),
        pytest.param(f"{LOG}{LOG}quorum none\n", "line 2: log: its key stands twice", id="a log twice"),
        pytest.param(f"witness X1 {SIGNER.vkey}\n", "cosigner key", id="a log's key for a witness"),
        pytest.param(f"log {X1}\n", "Ed25519, type 1", id="a witness's key for a log"),
        pytest.param("log nonsense\n", "line 1", id="no key"),
        pytest.param(f"witness X1 {X1}\ngroup g 0 X1\n", "from 1", id="threshold nought"),
        pytest.param(f"witness X1 {X1}\ngroup g 2 X1\n", "from 1", id="threshold beyond the members"),
        pytest.param(f"witness X1 {X1}\ngroup g 01 X1\n", "from 1", id="threshold with a nought before"),
        pytest.param(f"witness X1 {X1}\ngroup g most X1\n", "from 1", id="threshold a word unknown"),
        pytest.param("group g all\n", "not a log, witness, group", id="a group of nobody"),
        pytest.param("group g all g\n", "not defined on a line before", id="a group of itself"),
        pytest.param("group g any none\n", "not defined", id="none in a group"),
        pytest.param(
            f"witness X1 {X1}\ngroup g any X1\ngroup h any X1\n", "in a group already", id="in two groups"
        ),
        pytest.param(f"witness X1 {X1}\ngroup g all X1 X1\n", "in a group already", id="in a group twice"),
        pytest.param(f"{LOG}quorum none none\n", "line 2", id="a word too many"),
        pytest.param("qurom none\n", "line 1: not a log", id="a word unknown"),
        pytest.param(f"{LOG}quorum none\r\n", "control character", id="lines as on Windows"),
        pytest.param("quorum\x00none\n", "control character", id="a zero byte"),
        pytest.param("#" * (1 << 20) + "\nquorum none\n", "too large", id="a megabyte"),
    ],
)
def test_a_policy_written_wrongly_is_refused(text: str, rule: str) -> None:
    with pytest.raises(PolicyError, match=rule):
        policy(text)
