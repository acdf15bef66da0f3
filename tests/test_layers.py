"""The house stands: arrows point down, SQL lives in models, one module commits, nothing circles."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
LAYERS = ("triage", "models", "classifiers")
ACTIVITIES = (
    "desk",
    "calls",
    "clients",
    "screening",
    "outreach",
    "dashboards",
    "admin",
    "public",
    "api",
    "teaching",
    "texts",
)
FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "pickle.load",
    "pickle.loads",
    "marshal.loads",
    "joblib.load",
    "os.system",
    "yaml.load",
    "render_template_string",
    "Markup",
}
SQL = {"select", "text", "insert", "update", "delete"}


def modules(*layers: str) -> list[Path]:
    found = [path for layer in layers for path in sorted((HOUSE / layer).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def name_of(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that `path` imports, named in full."""
    names = {name_of(other) for other in modules(*LAYERS)}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in names else node.module


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


@pytest.mark.parametrize("path", modules("models", "classifiers"), ids=name_of)
def test_models_and_classifiers_know_neither_each_other_nor_triage(path):
    layer = path.relative_to(HOUSE).parts[0]
    above_or_beside = {"triage", "models", "classifiers"} - {layer}
    assert not [name for name in imports(path) if name.split(".")[0] in above_or_beside]


def test_classifiers_are_pure():
    outside = {"flask", "sqlalchemy", "redis", "rq", "triage", "models"}
    found = {
        f"{name_of(path)} imports {name}"
        for path in modules("classifiers")
        for name in imports(path)
        if name.split(".")[0] in outside
    }
    assert not found


def test_sql_lives_in_models():
    found = [
        f"{name_of(path)}:{line} {call}"
        for path in modules("triage")
        if "migrations" not in path.parts
        for line, call in calls(path)
        if call in SQL or call.endswith((".execute", "session.query"))
    ]
    assert not found


def test_only_one_module_commits():
    found = [
        f"{name_of(path)}:{line}"
        for path in modules(*LAYERS)
        for line, call in calls(path)
        if call.endswith(".commit") and name_of(path) not in ("models.base", "models.schema")
    ]
    assert not found


def test_activities_do_not_import_each_other():
    found = []
    for path in modules("triage"):
        here = path.relative_to(HOUSE).parts[1]
        for name in imports(path):
            parts = name.split(".")
            if (
                here in ACTIVITIES
                and parts[0] == "triage"
                and len(parts) > 1
                and parts[1] in ACTIVITIES
                and parts[1] != here
            ):
                found.append(f"{name_of(path)} imports {name}")
    assert not found


def test_nothing_is_imported_inside_a_function():
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules(*LAYERS)
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not found


def test_imports_do_not_circle():
    graph = {name_of(path): set(imports(path)) for path in modules(*LAYERS)}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done or name not in graph:
            return
        for other in sorted(graph[name] - {name}):
            visit(other, (*path, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())
    assert len(done) == len(graph)


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "helpers", "common", "misc", "services", "managers"}
    assert not [path for path in modules(*LAYERS) if path.stem in empty]


def test_dangerous_calls_are_nowhere():
    found = [
        f"{name_of(path)}:{line} {call}"
        for path in modules(*LAYERS)
        for line, call in calls(path)
        if call in FORBIDDEN_CALLS
    ]
    assert not found
    for path in modules(*LAYERS):
        assert "allow_pickle=True" not in path.read_text("utf-8"), path


def test_no_template_carries_inline_script_or_style():
    for path in sorted((HOUSE / "templates").rglob("*.html")):
        text = path.read_text("utf-8").lower()
        assert " style=" not in text, path
        assert "<style" not in text or path.parent.name == "mail", path  # a mail brings its own
        assert "javascript:" not in text, path
        assert "hx-on" not in text, path
        assert "|safe" not in text.replace(" ", ""), path
        for chunk in text.split("<script")[1:]:
            assert "src=" in chunk.partition(">")[0], path
