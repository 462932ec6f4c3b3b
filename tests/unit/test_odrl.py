"""Agreements as ODRL: every key has a place, nothing is lost, and nothing strange is taken in."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import gateway.demo
from agreements import odrl_table
from agreements.agreement import Agreement
from agreements.document import MAX_BYTES
from agreements.fault import InvalidDocument
from agreements.layout import AGREEMENT
from agreements.odrl_export import odrl_policy
from agreements.odrl_import import odrl_agreement
from agreements.odrl_terms import profile_context
from agreements.parser import parse_agreement, to_yaml
from gateway.agreements_cli import app
from gateway.init import init_site
from tests.county import NOW, Json, as_yaml
from tests.county_terms import agreements as county_agreements

VECTORS = Path(__file__).parents[1] / "vectors/odrl"
WHOLE = parse_agreement((VECTORS / "whole.yaml").read_bytes(), "whole.yaml")
DEMO = Path(gateway.demo.__file__).parent / "data"
WRITTEN = [
    parse_agreement(path.read_bytes(), path.name)
    for path in [*DEMO.glob("agreement-*.yaml"), VECTORS.parent / "agreement.yaml"]
]
COUNTY = [parse_agreement(as_yaml(document), document["id"]) for document in county_agreements(NOW)]
runner = CliRunner()


def policy() -> Json:
    """A policy with everything an agreement can say, as JSON that a test may change."""
    made: Json = json.loads(json.dumps(odrl_policy(WHOLE)))
    return made


def leaves(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = schema.get("items", {}) if "properties" not in schema else schema
    if "properties" not in inner:
        yield path
        return
    for key, value in inner["properties"].items():
        yield from leaves(value, (*path, key))


def test_every_key_of_the_format_has_a_place_and_no_other_does() -> None:
    assert odrl_table.mapped_keys() == set(leaves(AGREEMENT.schema()))


def test_no_two_keys_share_a_place() -> None:
    for table in (odrl_table.AGREEMENT, odrl_table.CLAUSE, odrl_table.DUTY, odrl_table.SIGNATURE):
        places = [
            slot.name if isinstance(slot, odrl_table.Property) else (slot.home, slot.left, slot.operator)
            for slot in table.values()
        ]
        assert len(places) == len(set(places))


@pytest.mark.parametrize("agreement", [WHOLE, *COUNTY, *WRITTEN], ids=lambda agreement: agreement.id)
def test_an_agreement_comes_back_as_it_went(agreement: Agreement) -> None:
    assert odrl_agreement(json.loads(json.dumps(odrl_policy(agreement))), "f") == agreement


def test_the_vector_is_what_is_written() -> None:
    """Changing what is written breaks what partners keep: the vector is changed on purpose or not at all."""
    vector = json.loads((VECTORS / "whole.jsonld").read_text())
    assert vector == policy()
    assert odrl_agreement(vector, "f") == WHOLE


def test_it_is_a_policy_of_odrl() -> None:
    made = policy()
    assert made["@context"][0] == "http://www.w3.org/ns/odrl.jsonld"
    assert (made["@type"], made["profile"]) == ("Agreement", "urn:partner-gateway:odrl:1")
    for rule in [*made["permission"], *made["prohibition"]]:
        assert {"uid", "assigner", "assignee", "target", "action", "constraint"} <= rule.keys()
    first = made["permission"][0]
    assert first["dpv:hasPurpose"] == [{"@id": "act-reason:THREAT"}, {"@id": "act-reason:TREAT"}]
    assert {"@id": "dpv-pd:MentalHealth"} in first["dpv:hasPersonalData"]
    assert {"@id": "dpv:Consent"} in first["dpv:hasLegalBasis"]
    assert all("duty" not in rule for rule in made["prohibition"])


def names(value: Any, key: str = "") -> Iterator[str]:
    """Every word that JSON-LD expands: keys, types, names."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from names(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from names(item, key)
    elif isinstance(value, str) and key in {"@id", "@type", "leftOperand"}:
        yield value


ODRL = {
    "uid", "profile", "conflict", "permission", "prohibition", "duty", "assigner", "assignee", "target",
    "action", "constraint", "refinement", "leftOperand", "operator", "rightOperand", "or", "Agreement",
    "Permission", "Prohibition", "Duty", "LogicalConstraint", "PartyCollection", "AssetCollection",
    "purpose", "dateTime", "elapsedTime",
}  # fmt: skip
"""The terms of ODRL 2.2 that are used."""


def test_every_word_is_of_odrl_or_under_a_prefix_of_the_context() -> None:
    made = policy()
    del made["@context"]
    known = {*profile_context(), "urn"}
    for word in set(names(made)):
        assert word.startswith("@") or word in ODRL or word.partition(":")[0] in known, word


def at(document: Any, *path: str | int) -> Any:
    for step in path:
        document = document[step]
    return document


def constraints(document: Json, left: str) -> Json:
    """The constraint of the first permission that has an operand."""
    found = (each for each in document["permission"][0]["constraint"] if each.get("leftOperand") == left)
    one: Json = next(found)
    return one


def constrained(document: Json, more: Json) -> None:
    document["permission"][0]["constraint"].append(more)


def roles(document: Json) -> Json:
    """The refinement of the first permission that names roles."""
    found: Json = document["permission"][0]["assignee"]["refinement"][1]
    return found


HOSTILE: dict[str, tuple[Any, str]] = {
    "no-context": (lambda d: d.pop("@context"), "@context"),
    "remote-context": (lambda d: d.update({"@context": "https://evil.example/context.jsonld"}), "@context"),
    "remote-context-added": (lambda d: d["@context"].append("https://evil.example/c"), "@context"),
    "context-of-odrl-alone": (lambda d: d.update({"@context": d["@context"][0]}), "@context"),
    "prefix-of-another": (lambda d: d["@context"][1].update(pg="urn:evil:"), "@context"),
    "context-that-imports": (lambda d: d["@context"][1].update({"@import": "https://evil"}), "@context"),
    "context-inside": (lambda d: d["permission"][0].update({"@context": {}}), "permission[0].?"),
    "another-type": (lambda d: d.update({"@type": "Offer"}), "@type"),
    "another-profile": (lambda d: d.update(profile="urn:partner-gateway:odrl:2"), "profile"),
    "no-profile": (lambda d: d.pop("profile"), "profile"),
    "another-conflict": (lambda d: d.update(conflict="perm"), "conflict"),
    "another-uid": (lambda d: d.update(uid="urn:partner-gateway:agreement:other:1"), "uid"),
    "unknown-member": (lambda d: d.update(obligation=[]), "obligation"),
    "inheritance": (lambda d: d.update(inheritFrom="https://evil.example/policy"), "?"),
    "a-graph": (lambda d: d.update({"@graph": []}), "?"),
    "no-id": (lambda d: d.pop("dct:identifier"), "dct:identifier"),
    "version-as-text": (lambda d: d.update({"pg:version": "3"}), "pg:version"),
    "version-true": (lambda d: d.update({"pg:version": True}), "pg:version"),
    "unknown-instrument": (lambda d: d.update({"dct:type": {"@id": "pg:instrument:treaty"}}), "dct:type"),
    "instrument-as-text": (lambda d: d.update({"dct:type": "dsa"}), "dct:type"),
    "time-as-text": (lambda d: d.update({"pg:expires": "2027-01-01"}), "pg:expires"),
    "time-of-another-type": (lambda d: d["pg:expires"].update({"@type": "xsd:string"}), "pg:expires"),
    "no-such-time": (lambda d: d["pg:expires"].update({"@value": "2027-02-30"}), "pg:expires"),
    "parties-unordered": (lambda d: d.update({"pg:party": d["pg:party"]["@list"]}), "pg:party"),
    "one-party": (lambda d: d["pg:party"]["@list"].clear(), "pg:party"),
    "a-party-of-another-kind": (
        lambda d: d["pg:party"]["@list"].append({"@id": "https://evil.example"}), "pg:party.@list[4]"
    ),
    "rules-are-no-list": (lambda d: d.update(permission={}), "permission"),
    "a-rule-is-no-object": (lambda d: d["permission"].append("all"), "permission[2]"),
    "unknown-member-of-a-rule": (lambda d: d["permission"][0].update(remedy=[]), "permission[0].remedy"),
    "no-position": (lambda d: d["permission"][0].pop("pg:position"), "permission[0].pg:position"),
    "position-taken": (lambda d: d["prohibition"][0].update({"pg:position": 0}), "[0].pg:position"),
    "position-true": (lambda d: d["permission"][0].update({"pg:position": True}), "[0].pg:position"),
    "a-permission-that-prohibits": (
        lambda d: d["permission"][0].update({"@type": "Prohibition"}), "permission[0].@type"
    ),
    "no-assignee": (lambda d: d["permission"][0].pop("assignee"), "permission[0]"),
    "an-assignee-by-name": (
        lambda d: d["permission"][0].update(assignee="urn:partner-gateway:agency:riverside-pd"),
        "permission[0].assignee",
    ),
    "an-assignee-with-more": (
        lambda d: d["permission"][0]["assignee"].update(uid="urn:x"), "permission[0].assignee.uid"
    ),
    "unknown-role": (
        lambda d: roles(d).update(rightOperand=[{"@id": "pg:role:king"}]),
        "permission[0].assignee.refinement[1].rightOperand[0]",
    ),
    "a-word-of-another-vocabulary": (
        lambda d: roles(d).update(rightOperand=[{"@id": "pg:purpose:treatment"}]),
        "permission[0].assignee.refinement[1].rightOperand[0]",
    ),
    "another-action": (
        lambda d: d["permission"][0]["action"][0].update({"rdf:value": {"@id": "odrl:use"}}),
        "permission[0].action[0]",
    ),
    "two-actions": (
        lambda d: d["permission"][0]["action"].append(d["permission"][0]["action"][0]), "permission[0].action"
    ),
    "unknown-operand": (
        lambda d: constraints(d, "purpose").update(leftOperand="spatial"),
        "leftOperand",
    ),
    "another-operator": (lambda d: constraints(d, "purpose").update(operator="isNoneOf"), "operator"),
    "an-operand-twice": (
        lambda d: d["permission"][0]["constraint"].append(constraints(d, "purpose")), "leftOperand"
    ),
    "an-operand-with-a-unit": (lambda d: constraints(d, "purpose").update(unit="x"), "constraint"),
    "an-alternative-that-is-none": (
        lambda d: d["permission"][0]["constraint"].append(
            {"@type": "LogicalConstraint", "or": {"@list": [constraints(d, "purpose")]}}
        ),
        "leftOperand",
    ),
    "another-logic": (
        lambda d: constrained(d, {"@type": "LogicalConstraint", "xone": {"@list": []}}),
        "constraint",
    ),
    "purposes-empty": (lambda d: constraints(d, "purpose").update(rightOperand=[]), "rightOperand"),
    "nobody-and-somebody": (
        lambda d: constraints(d, "purpose")["rightOperand"].append({"@id": "pg:none"}), "rightOperand"
    ),
    "a-time-of-its-own": (
        lambda d: d["permission"][0]["constraint"][1]["rightOperand"].update({"@value": "2099-01-01"}),
        "permission[0].constraint[1]",
    ),
    "a-purpose-of-dpv-that-does-not-follow": (
        lambda d: d["permission"][0].update({"dpv:hasPurpose": [{"@id": "dpv:Marketing"}]}),
        "permission[0].dpv:hasPurpose",
    ),
    "personal-data-that-does-not-follow": (
        lambda d: d["permission"][0]["dpv:hasPersonalData"].append({"@id": "dpv-pd:Age"}),
        "permission[0].dpv:hasPersonalData",
    ),
    "another-name-of-a-rule": (lambda d: d["permission"][0].update(uid="urn:x"), "permission[0].uid"),
    "unknown-duty": (
        lambda d: d["permission"][0]["duty"][0].update(action={"@id": "pg:obligation:pay"}),
        "permission[0].duty[0].action",
    ),
    "a-duty-with-more": (
        lambda d: d["permission"][0]["duty"][0].update(consequence=[]), "permission[0].duty[0].consequence"
    ),
    "a-duty-of-no-time": (
        lambda d: d["permission"][0]["duty"][1]["constraint"][0]["rightOperand"].update({"@value": "soon"}),
        "permission[0].duty[1].constraint[0].rightOperand",
    ),
    "unseen-characters": (lambda d: d.update({"dct:title": "a\u202eb"}), "?"),
    "signatures-unordered": (lambda d: d.update({"pg:signature": []}), "pg:signature"),
    "a-signature-with-more": (
        lambda d: d["pg:signature"]["@list"][0].update(key="x"), "pg:signature.@list[0].key"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "key"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_strange_is_refused_where_it_stands(change: Any, key: str) -> None:
    document = copy.deepcopy(policy())
    change(document)
    with pytest.raises(InvalidDocument) as refusal:
        odrl_agreement(document, "f")
    assert any(key in error.key for error in refusal.value.errors), refusal.value.errors
    for secret in ("evil", "king", "treaty", "soon"):
        assert secret not in str(refusal.value)


@pytest.mark.parametrize("value", [None, [], "x", 7, {}, {"@type": "Agreement"}])
def test_what_is_no_policy_is_refused(value: Any) -> None:
    with pytest.raises(InvalidDocument):
        odrl_agreement(value, "f")


def test_a_document_that_is_deep_or_huge_is_refused_before_it_is_read() -> None:
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    huge: Any = [0] * 50_001
    for strange in (deep, huge):
        with pytest.raises(InvalidDocument):
            odrl_agreement({**policy(), "dct:title": strange}, "f")


def test_what_follows_from_the_rest_may_be_left_out() -> None:
    document = policy()
    for rule in [*document["permission"], *document["prohibition"]]:
        for key in ("@type", "uid", "dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasLegalBasis"):
            rule.pop(key, None)
        rule["constraint"] = [each for each in rule["constraint"] if each.get("leftOperand") != "dateTime"]
    assert odrl_agreement(document, "f") == WHOLE


def test_the_order_of_sets_means_nothing_and_that_of_rules_is_told() -> None:
    document = policy()
    document["permission"].reverse()
    for rule in document["permission"]:
        rule["constraint"].reverse()
        rule["assignee"]["refinement"].reverse()
    assert odrl_agreement(document, "f") == WHOLE


def test_a_set_of_nobody_is_written_and_read_as_nobody() -> None:
    made = to_yaml(WHOLE)
    silent = parse_agreement(re.sub(r"roles: \[.*?\]", "roles: []", made), "f")
    written = json.dumps(odrl_policy(silent))
    assert '"leftOperand": "pg:role", "operator": "isAnyOf", "rightOperand": [{"@id": "pg:none"}]' in written
    assert odrl_agreement(json.loads(written), "f") == silent


@pytest.fixture
def site(tmp_path: Path) -> Path:
    init_site(tmp_path / "county")
    return tmp_path / "county"


def test_the_command_line_exports_by_id_and_imports(site: Path) -> None:
    named = ["example-threat-assessment", "--site", str(site)]
    out = runner.invoke(app, ["export", *named])
    assert out.exit_code == 0
    file = site / "a.jsonld"
    file.write_text(out.stdout)
    back = runner.invoke(app, ["import", str(file)])
    assert back.exit_code == 0
    original = parse_agreement(next((site / "agreements").glob("*.yaml")).read_bytes(), "f")
    assert parse_agreement(back.stdout, "f") == original
    for form in ("yaml", "json", "odrl"):
        by_id = runner.invoke(app, ["export", *named, "--format", form])
        by_file = runner.invoke(app, ["export", str(file), "--format", form])
        assert (by_id.exit_code, by_id.stdout) == (0, by_file.stdout)
    piped = runner.invoke(app, ["import", "-", "--json"], input=out.stdout)
    assert json.loads(piped.stdout)["id"] == "example-threat-assessment"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", 1),
        (b'{"@type": 1, "@type": 2}', 1),
        (b"[" * 100_000, 1),
        (b'{"a": NaN}', 1),
        (b"\xff", 1),
        (b"{}" + b" " * MAX_BYTES, 1),
        (b"{}", 1),
    ],
    ids=["cut-off", "key-twice", "deep", "not-a-number", "not-text", "huge", "empty"],
)
def test_the_command_line_refuses_what_cannot_be_read(tmp_path: Path, content: bytes, code: int) -> None:
    file = tmp_path / "bad.jsonld"
    file.write_bytes(content)
    refused = runner.invoke(app, ["import", str(file)])
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert "bad.jsonld" in refused.stderr


def test_the_command_line_says_what_it_wants(site: Path) -> None:
    unknown = runner.invoke(app, ["export", "no-such-agreement", "--site", str(site)])
    missing = runner.invoke(app, ["import", str(site / "nothing.jsonld")])
    assert (unknown.exit_code, missing.exit_code) == (2, 2)
