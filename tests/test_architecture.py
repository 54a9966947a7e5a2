"""The rules of the house that a machine can keep (CONTRIBUTING.md gives their reasons)."""

from __future__ import annotations

import ast
import functools
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(p for part in ("bootstrap", "desktop_app", "export") for p in (ROOT / part).rglob("*.py"))
CODE.append(ROOT / "start.py")
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FLOORS = [
    {"settings", "messages", "errors", "paths", "log", "record", "screen_reader", "child", "pipes"},
    {"captioning", "speech", "sources", "history"},
    {"pipeline", "batch", "background", "describer", "model_store", "worker_describer", "worker_main"},
    {"assembly"},
    {"gui", "cli", "generate_caption", "generator", "bench"},
    {"__main__"},
]
"""The rooms of desktop_app from the ground up: a room imports lower floors only, or its own."""

ROOMS_THAT_STAY_APART = FLOORS[1]

MAY_PRINT = ("desktop_app/cli", "desktop_app/generate_caption.py", "export/")
MAY_CATCH_EVERYTHING: dict[str, str] = {
    "desktop_app/background.py": "the worker's loop outlives whatever a job raises",
    "desktop_app/speech/pyttsx3_worker.py": "the drivers of pyttsx3 raise whatever their system does",
    "desktop_app/speech/speaker.py": "the speaker's loop outlives whatever an engine raises",
    "desktop_app/log.py": "the hook that sees what nobody caught",
}

LONGEST_FILE = 300
SENTENCES = "desktop_app/messages/"
"""Lists of what there is to say: their functions may only fill a sentence."""
LONGEST_SENTENCE = 12
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 12
MOST_POSITIONAL = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """As it stands in a complaint."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """All functions and methods of a file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def imports(path: Path) -> Iterator[str]:
    """The full names of what a file imports, also inside functions."""
    package = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: len(package) - node.level], node.module or ""]) if node.level else node.module
            yield from (f"{base}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    """`desktop_app.captioning.caption` is in the room `captioning`; `desktop_app` itself is in none."""
    parts = module.split(".")
    return parts[1] if parts[0] == "desktop_app" and len(parts) > 1 else ""


def floor(name: str) -> int:
    """How high a room lies."""
    return next(height for height, names in enumerate(FLOORS) if name in names)


def in_desktop_app() -> list[tuple[Path, str]]:
    """Each file of desktop_app that lies in a room, with its room."""
    found = ((path, room(".".join(path.relative_to(ROOT).with_suffix("").parts))) for path in CODE)
    return [(path, name) for path, name in found if name not in ("", "__init__")]


def test_every_module_has_a_room() -> None:
    rooms = set().union(*FLOORS)
    assert [name_of(path) for path, name in in_desktop_app() if name not in rooms] == []


def test_imports_go_down() -> None:
    rooms = set().union(*FLOORS)
    wrong = [
        f"{name_of(path)} imports {module}"
        for path, name in in_desktop_app()
        for module in imports(path)
        if room(module) in rooms and floor(room(module)) > floor(name)
    ]
    assert wrong == []


def test_siblings_do_not_know_each_other() -> None:
    wrong = [
        f"{name_of(path)} imports {module}"
        for path, name in in_desktop_app()
        for module in imports(path)
        if name in ROOMS_THAT_STAY_APART and room(module) in ROOMS_THAT_STAY_APART - {name}
    ]
    assert wrong == []


@pytest.mark.parametrize(("library", "home"), [("PySide6", "desktop_app/gui/"), ("torch", "export/")])
def test_a_heavy_library_has_one_home(library: str, home: str) -> None:
    strangers = [path for path in CODE if not name_of(path).startswith(home)]
    assert [name_of(p) for p in strangers for module in imports(p) if module.split(".")[0] == library] == []


def test_the_program_does_not_need_the_training_code() -> None:
    wrong = [name_of(path) for path in CODE for module in imports(path) if module.split(".")[0] == "export"]
    assert [name for name in wrong if not name.startswith("export/")] == []


@pytest.mark.parametrize("module", ["desktop_app", "desktop_app.__main__", "desktop_app.cli"])
def test_the_command_line_loads_neither_qt_nor_torch(module: str) -> None:
    script = f"import sys, {module}; print(sorted({{'PySide6', 'torch', 'export'}} & set(sys.modules)))"
    child = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert child.stdout == "[]\n"


@pytest.mark.parametrize("module", ["desktop_app.__main__", "desktop_app.cli", "desktop_app.assembly"])
def test_the_command_line_works_where_qt_and_torch_are_absent(module: str) -> None:
    script = f"import sys; sys.modules.update(PySide6=None, torch=None); import {module}"
    child = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
    assert (child.returncode, child.stderr) == (0, "")


def test_files_are_short() -> None:
    lines = {name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in [*CODE, *TESTS]}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_the_list_of_sentences_holds_no_logic() -> None:
    files = sorted((ROOT / SENTENCES).glob("*.py"))
    assert files
    assert [f.name for path in files for f in functions(path) if length(f) > LONGEST_SENTENCE] == []


def length(function: Function) -> int:
    """Lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_functions_are_short() -> None:
    long = {f"{name_of(p)}:{f.name}": length(f) for p in CODE for f in functions(p) if length(f) > LONGEST_FUNCTION}
    assert long == {}
    assert statistics.median(length(f) for p in CODE for f in functions(p)) <= MEDIAN_FUNCTION


def positional(function: Function) -> int:
    """Parameters that may be given by place, without the first one of a method. Those of a graph are its inputs."""
    if function.name == "forward":
        return 0
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len([name for name in names if name not in ("self", "cls")])


def test_functions_have_few_positional_parameters() -> None:
    assert [f"{name_of(p)}:{f.name}" for p in CODE for f in functions(p) if positional(f) > MOST_POSITIONAL] == []


def test_every_module_says_what_it_is() -> None:
    first_lines = {name_of(p): (ast.get_docstring(tree(p)) or "").partition("\n")[0] for p in [*CODE, *TESTS]}
    assert [name for name, line in first_lines.items() if not line.endswith((".", "?", "!", "`"))] == []


def test_only_the_command_line_prints() -> None:
    calls = ((p, node) for p in CODE for node in ast.walk(tree(p)) if isinstance(node, ast.Call))
    printing = {name_of(p) for p, node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"}
    assert [name for name in sorted(printing) if not name.startswith(MAY_PRINT)] == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Does it keep errors that nobody thought of? One that ends with `raise` tidies up and passes them on."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(c is None or (isinstance(c, ast.Name) and c.id in ("Exception", "BaseException")) for c in caught)


def test_errors_are_caught_by_name_but_at_the_borders() -> None:
    handlers = ((p, node) for p in CODE for node in ast.walk(tree(p)) if isinstance(node, ast.ExceptHandler))
    assert sorted({name_of(p) for p, node in handlers if is_broad(node)} - set(MAY_CATCH_EVERYTHING)) == []


def test_no_function_changes_a_module() -> None:
    assert [name_of(p) for p in CODE for node in ast.walk(tree(p)) if isinstance(node, ast.Global)] == []


def test_nothing_under_test_is_replaced_by_a_mock() -> None:
    assert [name_of(p) for p in TESTS for module in imports(p) if module.startswith(("unittest.mock", "mock"))] == []


# With a gap, so that this file does not name them itself.
FOREIGN_PLACES = (
    "/wo rk/",
    "py pi.org",
    "python hosted",
    "deb. debian",
    "npm js.",
    "download. pytorch",
    "hugging face.co",
)


def test_the_tree_names_no_foreign_place() -> None:
    places = [place.replace(" ", "").encode() for place in FOREIGN_PLACES]
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: clone the project to run this test")
    files = [ROOT / name for name in listing.stdout.split("\0") if name]
    texts = {name_of(p): p.read_bytes() for p in files if p.is_file() and p.stat().st_size < 1_000_000}
    found = [f"{name}: {place.decode()}" for name, text in texts.items() for place in places if place in text]
    assert found == []
