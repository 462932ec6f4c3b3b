"""Notes, checkpoints and tiles against the examples of C2SP and of golang.org/x/mod/sumdb/note."""

import base64

import pytest

from audit.checkpoint import Checkpoint, CheckpointSigner, NoteError, VerifierKey, open_checkpoint, open_note
from audit.tiles import Tile, TileError, hash_tiles

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n\u2014 PeterNeumann {SIGNATURE}\n"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"

CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_published_note_opens_with_the_published_key() -> None:
    key = VerifierKey.parse(VKEY)
    assert str(key) == VKEY
    assert open_note(NOTE, [key]) == (TEXT, key)


def test_signing_gives_the_published_note() -> None:
    private = base64.b64decode(SKEY.split("+", 4)[4])
    signer = CheckpointSigner.from_raw("PeterNeumann", private[1:])
    assert signer.vkey == VKEY
    assert signer.sign_text(TEXT) == NOTE


def test_signatures_by_unknown_keys_are_ignored() -> None:
    stranger = CheckpointSigner.from_raw("EnochRoot", bytes(32))
    both = NOTE + stranger.sign_text(TEXT).rpartition("\n\n")[2]
    assert open_note(both, [VerifierKey.parse(VKEY)])[0] == TEXT


@pytest.mark.parametrize(
    ("note", "keys"),
    [
        pytest.param(NOTE, [], id="no known key"),
        pytest.param(NOTE, [ENOCH], id="another key"),
        pytest.param(NOTE.replace("think", "thank"), [VKEY], id="another text"),
        pytest.param(NOTE.replace("x08go/ZJ", "x08go/ZK"), [VKEY], id="another signature"),
        pytest.param(NOTE + NOTE.rpartition("\n\n")[2].replace("/ZJ", "/ZK"), [VKEY], id="one good one bad"),
        pytest.param(NOTE.replace("\u2014", "-"), [VKEY], id="hyphen for dash"),
        pytest.param(NOTE[:-1], [VKEY], id="no final newline"),
        pytest.param(NOTE.replace("\n\n", "\n"), [VKEY], id="no empty line"),
        pytest.param(NOTE.replace("AM=", "AN="), [VKEY], id="base64 not canonical"),
        pytest.param(NOTE.replace(SIGNATURE, "x08gow=="), [VKEY], id="signature empty"),
        pytest.param(NOTE.replace("know", "kn\tow"), [VKEY], id="control character"),
        pytest.param(NOTE.replace("PeterNeumann x", "PeterNeumann  x"), [VKEY], id="two spaces"),
        pytest.param(TEXT + "\n" + NOTE.rpartition("\n\n")[2] * 101, [VKEY], id="101 signatures"),
        pytest.param("", [VKEY], id="nothing"),
    ],
)
def test_a_note_that_breaks_the_format_or_is_not_signed_is_refused(note: str, keys: list[str]) -> None:
    with pytest.raises(NoteError):
        open_note(note, [VerifierKey.parse(key) for key in keys])


@pytest.mark.parametrize(
    "vkey",
    [
        pytest.param(VKEY.replace("c74f20a3", "c74f20a4"), id="wrong hash"),
        pytest.param(VKEY.replace("c74f20a3", "C74F20A3"), id="hash in capitals"),
        pytest.param(VKEY.replace("PeterNeumann", "Peter Neumann"), id="space in name"),
        pytest.param(VKEY.replace("PeterNeumann", ""), id="no name"),
        pytest.param(VKEY.replace("ARpc", "BRpc"), id="another algorithm"),
        pytest.param(VKEY[:-4], id="cut short"),
        pytest.param("PeterNeumann", id="name only"),
    ],
)
def test_a_malformed_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


def test_the_published_checkpoint_reads_and_writes_back() -> None:
    checkpoint = Checkpoint.parse(CHECKPOINT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == CHECKPOINT
    assert Checkpoint.parse(CHECKPOINT + "an extension line\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CHECKPOINT.replace("20852163", "020852163"), id="leading zero"),
        pytest.param(CHECKPOINT.replace("20852163", "-1"), id="negative"),
        pytest.param(CHECKPOINT.replace("20852163", "\u0661"), id="digits not ASCII"),
        pytest.param(CHECKPOINT.replace("20852163", "0"), id="empty tree with a root"),
        pytest.param(CHECKPOINT.replace("q2I=", "q2J="), id="root not canonical"),
        pytest.param(CHECKPOINT.replace("CsUY", ""), id="root too short"),
        pytest.param("\n" + CHECKPOINT.partition("\n")[2], id="no origin"),
        pytest.param(CHECKPOINT + "\n", id="empty extension line"),
        pytest.param(CHECKPOINT[:-1], id="no final newline"),
        pytest.param("a\n1\n", id="two lines"),
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_a_checkpoint_signed_under_another_name_than_its_origin_is_refused() -> None:
    signer = CheckpointSigner.from_raw("somebody.example", bytes(32))
    with pytest.raises(NoteError, match="another name"):
        open_checkpoint(signer.sign_text(CHECKPOINT), [signer.key])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 1234067, 89), "tile/0/x001/x234/067.p/89"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(3, 999, 7), "tile/3/999.p/7"),
        (Tile(63, 999_999_999_999_999_999, 255), "tile/63/x999/x999/x999/x999/x999/999.p/255"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
        (Tile(None, 1_000_000), "tile/entries/x001/x000/000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tile_paths_are_those_of_tlog_tiles(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/data/000",
        "tile/0/../1/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(TileError):
        Tile.parse(path)


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    tiles = list(hash_tiles(70_000))
    full = [tile.level for tile in tiles if tile.width == 256]
    assert (full.count(0), full.count(1), full.count(2)) == (273, 1, 0)
    assert [(tile.level, tile.width) for tile in tiles if tile.width < 256] == [(0, 112), (1, 17), (2, 1)]


def test_a_tree_of_256_has_one_full_tile_and_a_partial_one_above() -> None:
    assert list(hash_tiles(256)) == [Tile(0, 0), Tile(1, 0, 1)]
