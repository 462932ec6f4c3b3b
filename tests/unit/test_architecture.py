"""Rules about where things may stand in the source, each read off the syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("gateway", "policies", "agreements", "adapters", "audit")
MODULES: Final = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MOST_LINES: Final = 300

Finder = Callable[[ast.Module], Iterator[ast.AST]]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def where(finds: Finder) -> dict[str, list[int]]:
    """The modules in which something is found, with its lines."""
    found = {}
    for path in MODULES:
        lines = [getattr(node, "lineno", 0) for node in finds(tree_of(path))]
        if lines:
            found[path.relative_to(ROOT).as_posix()] = lines
    return found


@cache
def calls_of(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called, a leading dot before it."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(f".{ast.unparse(node.func)}", node) for node in calls]


def called(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    """Calls of a method or function by its dotted end, such as `time.time` or `reveal`."""
    return (node for path, node in calls_of(tree) if path.endswith(f".{name}"))


def imported(tree: ast.Module, package: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.split(".")[0] == package for name in names):
            yield node


def test_only_matching_and_the_wire_open_an_identity() -> None:
    def opened(tree: ast.Module) -> Iterator[ast.AST]:
        return (node for node in called(tree, "reveal") if isinstance(node.func, ast.Attribute))

    found = where(opened)
    allowed = {"gateway/wire/subject.py", "agreements/subject.py"}
    assert {path for path in found if not path.startswith("adapters/")} <= allowed
    assert any(path.startswith("adapters/") for path in found)


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("httpx", {"adapters/client.py", "gateway/agency_client.py"}),
        ("casbin", {"policies/rules.py"}),
        ("pydantic_settings", {"gateway/settings.py"}),
        ("requests", set()),
        ("urllib3", set()),
        ("pickle", set()),
    ],
)
def test_a_package_has_one_home(package: str, homes: set[str]) -> None:
    found = set(where(lambda tree: imported(tree, package)))
    commands = {path for path in found if path.endswith("cli.py")} if package == "httpx" else set()
    assert found - commands == homes
    for path in commands:
        uses = [node for node in ast.walk(tree_of(ROOT / path)) if isinstance(node, ast.Attribute)]
        names = {ast.unparse(node) for node in uses if ast.unparse(node).startswith("httpx.")}
        assert names == {"httpx.HTTPError"}, "a command names the fault of a call, and calls nobody"


def test_nothing_but_the_settings_reads_the_environment() -> None:
    def environment(tree: ast.Module) -> Iterator[ast.AST]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.environb"}:
                yield node
        for name in ("os.getenv", "os.getenvb", "os.putenv"):
            yield from called(tree, name)

    assert set(where(environment)) <= {"audit/progress.py", "audit/verify.py"}


CLOCKS: Final = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "time.localtime", "time.gmtime", "utc_now",
)  # fmt: skip


def test_the_wall_clock_is_read_at_the_root_only() -> None:
    found = where(lambda tree: (node for name in CLOCKS for node in called(tree, name)))
    assert {path for path in found if not path.startswith("gateway/demo/")} <= {
        "gateway/app.py",
        "gateway/agency_client.py",
        "gateway/cli.py",
        "gateway/late_cli.py",
        "gateway/life_cli.py",
        "gateway/agreements_cli.py",
        "audit/witness.py",
        "gateway/analysis_cli.py",
    }


def test_the_pure_core_reads_no_clock_at_all() -> None:
    pure = {"policies/decide.py", "policies/evidence.py", "agreements/permit.py", "audit/merkle.py"}
    pure |= {"audit/record.py", "gateway/answers.py", "gateway/reviewable.py", "gateway/entries.py"}
    found = where(lambda tree: imported(tree, "time"))
    assert pure.isdisjoint(found)
    assert pure <= {path.relative_to(ROOT).as_posix() for path in MODULES}


SQL: Final = ("text", "exec_driver_sql", "execute", "executescript", "executemany")


def test_no_sql_is_put_together_from_values() -> None:
    """SQL in text is a constant; migrations and the demo's own file compose it, of names of ours."""

    def composed(tree: ast.Module) -> Iterator[ast.AST]:
        for name in SQL:
            for node in called(tree, name):
                first = node.args[0] if node.args else None
                formatted = isinstance(first, ast.Call) and ast.unparse(first.func).endswith(".format")
                if formatted or isinstance(first, ast.JoinedStr | ast.BinOp):
                    yield node

    found = where(composed)
    assert {path for path in found if "/migrations/" not in path} <= {"gateway/demo/police.py"}


def long_modules() -> set[str]:
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    return {path for path, count in lines.items() if count > MOST_LINES}


def test_no_module_is_longer_than_a_reader_bears() -> None:
    assert long_modules() == set()


def test_no_module_is_named_for_nothing() -> None:
    empty_names = {"utils", "helpers", "common", "manager", "service", "models", "schemas", "crud", "misc"}
    assert {path.stem for path in MODULES}.isdisjoint(empty_names)
    assert {path.parent.name for path in MODULES}.isdisjoint(empty_names)


def test_packages_open_without_code() -> None:
    assert [path for path in MODULES if path.name == "__init__.py" and path.read_text().strip()] == []


@pytest.mark.parametrize("name", ["python-multipart", "multipart", "casbin"])
def test_a_package_that_harms_is_not_installed(name: str) -> None:
    installed = {(each.metadata["Name"] or "").lower() for each in distributions()}
    assert name not in installed
    locked = (ROOT / "requirements.lock").read_text()
    assert not re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE)


MACHINE: Final = re.compile(r"(?<![\w/.])/(?:home|root|Users|work|tmp)/\w")


def written() -> Iterator[Path]:
    """Every text file that belongs to the project."""
    for name in ("README.md", "Makefile", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
        yield ROOT / name
    for folder in (*ROOMS, "docs", "tests", ".ci"):
        for ending in ("py", "md", "yaml", "yml", "toml", "conf", "in"):
            yield from (ROOT / folder).rglob(f"*.{ending}")


def test_no_file_names_a_machines_path_or_a_registrys_address() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in written()
        if path.exists()
        and "__pycache__" not in path.parts
        and MACHINE.search(path.read_text(errors="replace"))
    ]
    assert found == []
    for lock in ("requirements.lock", "requirements-test.lock"):
        assert "://" not in (ROOT / lock).read_text()


def test_nothing_is_recorded_in_middleware_background_or_teardown() -> None:
    def forbidden(tree: ast.Module) -> Iterator[ast.AST]:
        for name in ("BackgroundTasks", "add_middleware", "on_event", "add_event_handler", "Depends"):
            yield from called(tree, name)

    assert where(forbidden) == {}


DANGEROUS: Final = ("eval", "exec", "enable_enforce", "enable_log", "os.system", "yaml.load", "pickle.loads")


def test_nothing_is_evaluated() -> None:
    def forbidden(tree: ast.Module) -> Iterator[ast.AST]:
        for name in DANGEROUS:
            for node in called(tree, name):
                if ast.unparse(node.func) in {name, f"self._enforcer.{name}", f"enforcer.{name}"}:
                    yield node

    assert where(forbidden) == {}
