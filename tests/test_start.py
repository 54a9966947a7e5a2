"""start.py on a small project of its own: a real environment, real pip, one tiny package, no network."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bootstrap import console, environment, lock
from desktop_app.cli import main
from start import TRAINING, find_new_python, needed_extras

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = """
import json, os, sys, tiny
json.dump({"arguments": sys.argv[1:], "folder": os.getcwd(), "heard": sys.stdin.read(), "tiny": tiny.MOOD}, sys.stdout)
sys.exit(7)
"""


def make_wheel(folder: Path, name: str) -> Path:
    """A package of one module, as an index would give it."""
    record = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "MOOD = 'well'\n")
        wheel.writestr(f"{record}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{record}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{record}/RECORD", f"{name}.py,,\n{record}/METADATA,,\n{record}/WHEEL,,\n{record}/RECORD,,\n")
    return path


class Project:
    """A folder with start.py, locks and a program that tells what it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "bootstrap", folder / "bootstrap", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "start.py", folder)
        for name in ("desktop_app", "requirements"):
            (folder / name).mkdir()
        (folder / "desktop_app" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        locks = {"runtime": "tiny", "dev": "tiny_dev", "train": "tiny_train", "gpu": "tiny", "bench": "tiny"}
        for lock_name, package in locks.items():
            self.write_lock(lock_name, f"{package} @ {make_wheel(folder, package).as_uri()}")

    def write_lock(self, name: str, line: str) -> None:
        """Make this the whole lock."""
        (self.folder / "requirements" / f"{name}.lock").write_text(line + "\n", encoding="utf-8")

    def popen(self, *arguments: str, folder: Path | None = None) -> subprocess.Popen[str]:
        """Start start.py as its own process group, with three pipes."""
        command = [sys.executable, str(self.folder / "start.py"), *arguments]
        variables = {**os.environ, "PIP_NO_INDEX": "1"}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=folder, env=variables, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def start(self, *arguments: str, heard: str = "", folder: Path | None = None) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of start.py."""
        process = self.popen(*arguments, folder=folder)
        out, err = process.communicate(heard, timeout=120)
        return process.returncode, out, err

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    @property
    def stamp(self) -> Path:
        return self.venv / "descry-setup.json"

    @property
    def site_packages(self) -> Path:
        return next(self.venv.glob("[lL]ib/**/site-packages"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Set up once for all tests of this file; each leaves it set up."""
    made = Project(tmp_path_factory.mktemp("a project"))
    code, out, err = made.start("hello")
    assert (code, json.loads(out)["tiny"], "Installing what Descry needs (runtime)" in err) == (7, "well", True), err
    return made


def test_arguments_input_output_and_exit_code_are_the_programs_own(project: Project, tmp_path: Path) -> None:
    code, out, err = project.start("caption", "--json", "a b.jpg", "-", heard="bytes of a picture", folder=tmp_path)
    told = {"arguments": ["caption", "--json", "a b.jpg", "-"], "folder": str(tmp_path)}
    assert (code, json.loads(out), err) == (7, {**told, "heard": "bytes of a picture", "tiny": "well"}, "")


def test_modules_beside_the_pictures_are_not_loaded(project: Project, tmp_path: Path) -> None:
    for name in ("tiny.py", "json.py", "desktop_app.py"):
        (tmp_path / name).write_text("raise SystemExit('a stranger was loaded')", encoding="utf-8")
    code, out, _ = project.start("say", "hello", folder=tmp_path)
    assert (code, json.loads(out)["tiny"]) == (7, "well")


def test_a_second_start_reads_little_and_says_nothing(project: Project) -> None:
    command = [sys.executable, "-I", "-X", "importtime", str(project.folder / "start.py"), "setup"]
    times = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loaded = {line.rpartition("|")[2].strip() for line in times.splitlines()}
    assert loaded & {
        "bootstrap.environment",
        "bootstrap.install",
        "bootstrap.system",
        "ctypes",
        "shutil",
        "tempfile",
    } == {"bootstrap.environment"}


def test_a_changed_lock_is_installed(project: Project) -> None:
    project.write_lock("runtime", f"# newer\ntiny @ {(project.folder / 'tiny-1.0-py3-none-any.whl').as_uri()}")
    assert "Installing what Descry needs (runtime)" in project.start("hello")[2]
    assert project.start("hello")[2] == ""


def test_extras_stay_when_another_one_comes(project: Project) -> None:
    for words, added in ((["setup", "dev"], "runtime, dev"), (["train", "--help"], "runtime, dev, train")):
        assert f"Installing what Descry needs ({added})" in project.start(*words)[2]
    assert project.start("setup", "dev", "train") == (0, "", "")
    assert {"tiny.py", "tiny_dev.py", "tiny_train.py"} <= {path.name for path in project.site_packages.iterdir()}


@pytest.mark.faults
def test_a_package_that_was_half_unpacked_is_mended(project: Project) -> None:
    (project.site_packages / "tiny-1.0.dist-info" / "INSTALLER").unlink()  # pip writes it last
    (project.site_packages / "tiny.py").unlink()
    project.stamp.unlink()
    assert json.loads(project.start("hello")[1])["tiny"] == "well"


@pytest.mark.faults
@pytest.mark.slow
def test_an_environment_without_pip_is_made_anew(project: Project) -> None:
    shutil.rmtree(project.site_packages / "pip")
    project.stamp.write_text("{", encoding="utf-8")
    code, out, err = project.start("hello")
    assert (code, json.loads(out)["tiny"], "Making a Python environment" in err) == (7, "well", True)


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="process groups are killed differently there; run this on Linux or macOS")
@pytest.mark.parametrize("moment", ["Making a Python environment", "Installing what Descry needs"])
def test_a_set_up_that_was_killed_is_done_by_the_next_start(tmp_path: Path, moment: str) -> None:
    project = Project(tmp_path)
    with project.popen("hello") as process:
        assert process.stderr is not None
        assert any(moment in line for line in process.stderr)
        os.killpg(process.pid, signal.SIGKILL)
    assert not project.stamp.exists()
    code, out, _ = project.start("hello")
    assert (code, json.loads(out)["tiny"]) == (7, "well")


@pytest.mark.faults
@pytest.mark.skipif(os.name == "nt", reason="Control C is sent differently there; run this on Linux or macOS")
@pytest.mark.parametrize("moment", ["Making a Python environment", "Installing what Descry needs"])
def test_control_c_ends_a_set_up_with_a_sentence(tmp_path: Path, moment: str) -> None:
    with Project(tmp_path).popen("hello") as process:
        assert process.stderr is not None
        assert any(moment in line for line in process.stderr)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr.read().splitlines()[-1] == "Interrupted. The next start goes on from here."
    assert process.returncode == 130


def test_two_starts_at_once_set_up_once(project: Project) -> None:
    project.stamp.unlink()
    both = [project.popen("hello") for _ in range(2)]
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [7, 7]
    assert sorted("Installing what" in err for _, err in ends) == [False, True]


@pytest.mark.faults
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(console.SetupError) as caught, lock.one_at_a_time(str(tmp_path / "gone" / ".venv.lock")):
        pass
    assert str(caught.value) == (
        f"Descry cannot be set up here, because the folder {tmp_path / 'gone'} cannot be written to. "
        "Copy it to a place of your own and start it there."
    )


def test_an_unknown_extra_is_wrong_usage(project: Project) -> None:
    expected = "There is no extra called teaspoon. The extras are bench, dev, gpu, train.\n"
    assert project.start("setup", "teaspoon") == (2, "", expected)


@pytest.mark.parametrize(
    ("command", "extras"),
    [
        *((c, set()) for c in ("open", "caption", "--version")),
        ("test", {"dev"}),
        ("bench", {"bench"}),
        *((c, {"train"}) for c in TRAINING),
    ],
)
def test_each_command_asks_for_what_it_needs(command: str, extras: set[str]) -> None:
    assert needed_extras(command, []) == extras


def test_the_commands_of_training_are_those_of_the_program() -> None:
    assert set(TRAINING) == set(main.TRAINING)


def test_an_old_python_reaches_the_sentence_that_refuses_it() -> None:
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import" not in source, "Python 3.6 does not know the future that we mean"


def test_a_newer_python_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("python3.9", "python3.10", "python3.12"):
        (tmp_path / name).write_text("", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_new_python() == str(tmp_path / "python3.12")


def test_the_stamp_counts_for_one_place_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = environment.setup_key(frozenset())
    monkeypatch.setattr(environment, "HERE", str(tmp_path))
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "runtime.lock", tmp_path / "requirements")
    assert environment.setup_key(frozenset()) != here
