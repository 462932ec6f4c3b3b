"""An agreement from an ODRL 2.2 policy in JSON-LD, as strict as from YAML. Pure; nothing is ever fetched.

A document is read by the table the writer writes with. Every member must be known, every word of a closed
vocabulary, and the one context that is accepted is the one that exports carry: any other could give a known
word another meaning. What follows from other members (names, times, terms of DPV) must follow from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from agreements import odrl_table as table
from agreements.agreement import Agreement, Clause
from agreements.document import Json
from agreements.fault import Fault, InvalidDocument, MisfitError, Path
from agreements.json_document import read_json
from agreements.layout import AGREEMENT
from agreements.odrl_export import in_force, policy_frame, rule_frame
from agreements.odrl_rule import Gathered, Reader, mapping, members
from agreements.odrl_terms import ODRL_CONTEXT, PROFILE, misfit, profile_context

_FRAME: Final = ("@context", "@type", "uid", "profile", "conflict")


def odrl_agreement(value: Json, file: str) -> Agreement:
    """Read an agreement from a parsed JSON-LD document; `file` is only named in errors.

    Raises:
        InvalidDocument: with every error found, each at its path in the document.
    """
    read_json(value, file)
    try:
        return _agreement(value)
    except MisfitError as wrong:
        raise InvalidDocument.of(file, wrong.faults) from None


def _agreement(value: Json) -> Agreement:
    policy = mapping(value)
    _check_context(policy)
    reader = Reader()
    form = reader.properties(table.AGREEMENT, policy, ())
    known = {*_FRAME, *table.RULES, table.SIGNATURES, *members(table.AGREEMENT)}
    reader.refuse_unknown(policy, known, ())
    form["signatures"] = _signatures(reader, policy)
    clauses = _clauses(reader, policy)
    form["clauses"] = [form for form, _ in clauses]
    reader.finish()
    try:
        agreement = AGREEMENT.read(read_json(form, ""))
    except MisfitError as wrong:
        raise MisfitError(*(reader.placed(fault) for fault in wrong.faults)) from None
    _check_frames(policy, agreement, [path for _, path in clauses])
    return agreement


def _check_context(policy: Mapping[str, Json]) -> None:
    """Before anything is read: another context could give every other member another meaning."""
    if policy.get("@context") != [ODRL_CONTEXT, profile_context()]:
        raise misfit("the context that exports of this profile carry, and no other", "@context")
    if policy.get("@type") != "Agreement":
        raise misfit("Agreement", "@type")
    if policy.get("profile") != PROFILE:
        raise misfit(PROFILE, "profile")


def _signatures(reader: Reader, policy: Mapping[str, Json]) -> list[Json]:
    if table.SIGNATURES not in policy:
        return []
    written = policy[table.SIGNATURES]
    items = written.get("@list") if isinstance(written, dict) and len(written) == 1 else None
    if not isinstance(items, list):
        reader.faults.append(Fault(None, "an @list and nothing else", (table.SIGNATURES,)))
        return []
    made: list[Json] = []
    for index, item in enumerate(items):
        path: Path = (table.SIGNATURES, "@list", index)
        with reader.gathering(path):
            one = mapping(item)
            reader.refuse_unknown(one, members(table.SIGNATURE), path)
            made.append(reader.properties(table.SIGNATURE, one, path, ("signatures", index)))
    return made


def _clauses(reader: Reader, policy: Mapping[str, Json]) -> list[tuple[Json, Path]]:
    """The clauses in the order of their positions, each with the path of its rule."""
    found: list[tuple[str, Path, dict[str, Json]]] = []
    for name in table.RULES:
        if name in policy:
            found += [(name, path, rule) for path, rule in reader.objects(policy[name], (name,))]
    placed = reader.in_order([(path, rule) for _, path, rule in found])
    kinds = {path: name for name, path, _ in found}
    clauses: list[tuple[Json, Path]] = []
    for index, (path, rule) in enumerate(placed):
        gathered = Gathered(reader, rule, path, ("clauses", index))
        clauses.append((gathered.clause(kinds[path]), path))
    return clauses


def _check_frames(policy: Mapping[str, Json], agreement: Agreement, paths: list[Path]) -> None:
    """Hold what follows from other members against them."""
    faults = [
        Fault(None, "what follows from the other members of the policy", (key,))
        for key, expected in policy_frame(agreement).items()
        if policy.get(key) != expected
    ]
    for clause, path in zip(agreement.clauses, paths, strict=True):
        faults += _rule_faults(policy, agreement, clause, path)
    if faults:
        raise MisfitError(*faults)


def _rule_faults(
    policy: Mapping[str, Json], agreement: Agreement, clause: Clause, path: Path
) -> Iterator[Fault]:
    name, index = path
    rules = policy[str(name)]
    rule = mapping(rules[index] if isinstance(rules, list) and isinstance(index, int) else None)
    frame = rule_frame(str(name), agreement, clause)
    for key in ("@type", "uid", *table.ANNOTATIONS):
        if key in rule and not _alike(rule[key], frame.get(key)):
            yield Fault(None, "what follows from the other members of the rule", (*path, key))
    times, constraints = in_force(agreement), rule.get("constraint")
    for place, each in enumerate(constraints if isinstance(constraints, list) else []):
        if isinstance(each, dict) and each.get("leftOperand") == "dateTime" and each not in times:
            expected = "the time at which the agreement comes into force or expires"
            yield Fault(None, expected, (*path, "constraint", place))


def _alike(written: Json, expected: Json) -> bool:
    """Equal, in any order where both are lists."""
    if isinstance(written, list) and isinstance(expected, list):
        return sorted(map(repr, written)) == sorted(map(repr, expected))
    return written == expected
