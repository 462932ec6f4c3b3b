"""The reports that answer an auditor's questions, as pages and tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.page import Page

Report = Mapping[str, Any]


def received_page(report: Report) -> Page:
    facts = [("Answer", report["verdict"]), ("Entries looked through", str(report["examined"]))]
    return _told("Did this agency receive this?", facts, report)


def who_page(report: Report) -> Page:
    facts = [("Times asked", str(report["asked"])), ("Entries looked through", str(report["examined"]))]
    return _told("Who got what, when, why, under which clause", facts, report)


def _told(title: str, facts: list[tuple[str, str]], report: Report) -> Page:
    columns = (
        "When (UTC)",
        "Told by",
        "Told to",
        "Person",
        "Case",
        "What",
        "Why",
        "Clause",
        "Query",
        "Entry",
    )
    rows = [
        (
            _minute(line["at"]),
            line["custodian"],
            line["requester"],
            f"{line['user']} ({line['role']})",
            line["case"],
            f"{line['level']}: {', '.join(line['categories'])} {' '.join(line['fields'])}".strip(),
            line["purpose"],
            _clause(line["basis"]),
            line["query"],
            f"{line['index']} {line['proof']['leaf_hash']}",
        )
        for line in report["lines"]
    ]
    return Page(title, facts, columns, rows, [report["note"]])


def emergencies_page(report: Report) -> Page:
    columns = (
        "Opened (UTC)",
        "Emergency",
        "Requester",
        "Custodian",
        "Person",
        "Ground",
        "Review due",
        "Overdue",
    )
    rows = [
        (
            _minute(one["at"]), one["emergency"], one["requester"], one["custodian"], one["user"],
            one["ground"], _minute(one["review_due"]), "yes" if one["overdue"] else "no",
        )
        for one in report["emergencies"]
    ]  # fmt: skip
    facts = [("Overdue", str(report["overdue"]))]
    return Page("Emergencies nobody has reviewed", facts, columns, rows, [report["note"]])


def lookups_page(report: Report) -> Page:
    columns = (
        "Person", "Role", "People asked about", "Usual for the role", "Queries", "Own family name",
        "A colleague's family name", "Stands out",
    )  # fmt: skip
    rows = [
        (
            one["user"], one["role"], str(one["subjects"]), f"{one['usual_for_role']:g}", str(one["queries"]),
            " ".join(one["own_family_name"]), " ".join(one["colleagues_family_name"]),
            ", ".join(one["stands_out"]),
        )
        for one in report["users"]
    ]  # fmt: skip
    hint = "A shared family name is a hint to look, not a finding."
    return Page("Who looks up how many", [], columns, rows, [hint, report["note"]])


def groups_page(report: Report) -> Page:
    columns = ("Group", "Value", "Questions", "Told", "Not told", "Share told", "Under emergency")
    keys = ("questions", "told", "not_told", "told_share", "emergencies")
    rows = [
        (one["group"], one["value"], *("hidden" if one[key] is None else str(one[key]) for key in keys))
        for one in report["groups"]
    ]
    hidden = (
        f"Numbers below {report['smallest_shown']} are hidden, and those from which they could be worked out."
    )
    return Page("Treatment of groups", [], columns, rows, [hidden, report["note"]])


def samples_page(report: Report) -> Page:
    columns = ("Query", "When (UTC)", "Entry", "Requester", "Person", "Custodian", "Case", "Purpose", "What")
    rows = [
        (
            sample["query"], _minute(entry["at"]), str(entry["index"]), entry["requester"], entry["user"],
            entry["custodian"], entry["case"], entry["purpose"], _outcome(entry),
        )
        for sample in report["samples"]
        for entry in sample["entries"]
    ]  # fmt: skip
    facts = [("Queries in all", str(report["of"])), ("In the sample", str(len(report["samples"])))]
    return Page("A sample of queries to review", facts, columns, rows, [report["note"]])


def reconciled_page(report: Report) -> Page:
    log = [
        ("the log only", f"line {one['line']}", one["at"], one["query"] or "")
        for one in report["only_in_log"]
    ]
    ledger = [
        ("the ledger only", f"entry {one['index']}", one["at"], one["query"])
        for one in report["only_in_ledger"]
    ]
    facts = [("Found in both", str(report["matched"]))]
    columns = ("Stands in", "Where", "When (UTC)", "Query")
    return Page("The ledger and the custodian's own log", facts, columns, [*log, *ledger], [report["note"]])


def _outcome(entry: Report) -> str:
    if entry["kind"] == "asked":
        return f"asked: {', '.join(one['category'] for one in entry['decisions'])}"
    return "; ".join(f"{', '.join(one['categories'])}: {one['result']}" for one in entry["outcomes"])


def _clause(basis: Report | None) -> str:
    if basis is None:
        return "none"
    return f"{basis['agreement']} version {basis['version']} clause {basis['clause']} ({basis['kind']})"


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
