// Reads our exported ledger with the Go checksum database's own packages, and with nothing of ours.
//
// Usage: sumdb EXPORT LOG_KEY WITNESS_KEY [CHECKPOINT | PROOF.tlog-proof]...
// Prints one line of JSON; exit status 0 if everything held, 1 with the reason if not.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// witness verifies Ed25519 cosignatures (c2sp.org/tlog-cosignature), which sumdb/note does not know.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }
func (w *witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return ed25519.Verify(w.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, msg)), sig[8:])
}

func newWitness(vkey string) (*witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("witness key: not three parts")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 33 || typed[0] != 4 {
		return nil, errors.New("witness key: not of Ed25519 cosignatures")
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(typed)))
	hash := binary.BigEndian.Uint32(sum[:])
	if told, err := strconv.ParseUint(parts[1], 16, 32); err != nil || uint32(told) != hash {
		return nil, errors.New("witness key: not its hash")
	}
	return &witness{parts[0], hash, ed25519.PublicKey(typed[1:])}, nil
}

// stored is the tree in the layout of tlog.StoredHashIndex, in memory.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, 0, len(indexes))
	for _, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("a hash beyond the tree")
		}
		found = append(found, s[index])
	}
	return found, nil
}

type ledger struct {
	log, cosigner note.Verifier
	hashes        stored
	size          int64
	head          tlog.Tree
	cosigned      bool
}

type line struct {
	Leaf       *string `json:"leaf"`
	Checkpoint *string `json:"checkpoint"`
}

// open returns the tree that a note signed by the ledger states, and whether the witness cosigned it.
func (l *ledger) open(text []byte) (tree tlog.Tree, cosigned bool, err error) {
	opened, err := note.Open(text, note.VerifierList(l.log, l.cosigner))
	if err != nil {
		return tree, false, err
	}
	signed := false
	for _, each := range opened.Sigs {
		signed = signed || each.Name == l.log.Name()
		cosigned = cosigned || each.Name == l.cosigner.Name()
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if !signed || len(lines) < 4 || lines[0] != l.log.Name() {
		return tree, false, errors.New("checkpoint: not signed by the ledger it names")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, false, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, cosigned, err
}

func (l *ledger) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 1<<16), 8<<20)
	for scanner.Scan() {
		var one line
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			return err
		}
		switch {
		case one.Leaf != nil:
			leaf, err := base64.StdEncoding.DecodeString(*one.Leaf)
			if err != nil {
				return err
			}
			hashes, err := tlog.StoredHashes(l.size, leaf, l.hashes)
			if err != nil {
				return err
			}
			l.hashes = append(l.hashes, hashes...)
			l.size++
		case one.Checkpoint != nil:
			if l.head, l.cosigned, err = l.open([]byte(*one.Checkpoint)); err != nil {
				return err
			}
		}
	}
	return scanner.Err()
}

func (l *ledger) checkRoot() error {
	root, err := tlog.TreeHash(l.size, l.hashes)
	if err != nil {
		return err
	}
	if l.head.N != l.size || l.head.Hash != root {
		return errors.New("the entries are not those of the signed head")
	}
	return nil
}

// checkCheckpoint proves with the log's own tree that an older head is a prefix of it.
func (l *ledger) checkCheckpoint(text []byte) error {
	old, _, err := l.open(text)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(l.head.N, old.N, l.hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, l.head.N, l.head.Hash, old.N, old.Hash)
}

// checkProof reads a tlog-proof file whose extra data is the leaf.
func (l *ledger) checkProof(text []byte) error {
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("proof: not a tlog-proof")
	}
	leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, each := range lines[3:] {
		hash, err := tlog.ParseHash(each)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, _, err := l.open(checkpoint)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func run(arguments []string) (map[string]interface{}, error) {
	log, err := note.NewVerifier(arguments[1])
	if err != nil {
		return nil, err
	}
	cosigner, err := newWitness(arguments[2])
	if err != nil {
		return nil, err
	}
	l := &ledger{log: log, cosigner: cosigner}
	if err := l.read(arguments[0]); err != nil {
		return nil, err
	}
	if err := l.checkRoot(); err != nil {
		return nil, err
	}
	for _, path := range arguments[3:] {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		check := l.checkCheckpoint
		if strings.HasSuffix(path, ".tlog-proof") {
			check = l.checkProof
		}
		if err := check(text); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return map[string]interface{}{"size": l.size, "cosigned": l.cosigned, "held": len(arguments) - 3}, nil
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "sumdb EXPORT LOG_KEY WITNESS_KEY [CHECKPOINT | PROOF.tlog-proof]...")
		os.Exit(2)
	}
	told, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(told)
}
