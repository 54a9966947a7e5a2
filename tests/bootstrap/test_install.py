"""What is installed, and what is said when that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bootstrap import console, install

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"


@pytest.mark.faults
def test_without_a_network_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    with pytest.raises(console.SetupError, match=r"^What Descry needs could not be downloaded\. Is there a network\?"):
        install.run_pip(sys.executable, ["download", "--retries", "1", "-d", str(tmp_path), "tiny-that-is-nowhere"])


@pytest.mark.faults
@pytest.mark.parametrize(
    ("last_words", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "There is no room"),
        ("ERROR: Cannot install a and b because of conflicts", "ERROR: Cannot install a and b"),
    ],
)
def test_a_failure_of_pip_is_told(last_words: str, sentence: str) -> None:
    assert install.reason(["Collecting tiny", last_words]).startswith(("Collecting tiny\n" + sentence, sentence))


def test_onnxruntime_for_the_graphics_card_replaces_the_plain_one(tmp_path: Path) -> None:
    copy = install.without_line(str(REQUIREMENTS / "runtime.lock"), "onnxruntime==", str(tmp_path))
    names = {line.partition("==")[0] for line in Path(copy).read_text(encoding="utf-8").splitlines()}
    assert names & {"onnxruntime", "numpy"} == {"numpy"}
    assert "onnxruntime-gpu==" in (REQUIREMENTS / "gpu.lock").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, set[str]]:
    """What a lock pins, each package with the versions and markers it may have."""
    found: dict[str, set[str]] = {}
    for line in (REQUIREMENTS / f"{name}.lock").read_text(encoding="utf-8").splitlines():
        found.setdefault(line.partition("==")[0], set()).add(line)
    return found


@pytest.mark.parametrize("extra", ["dev", "train"])
def test_locks_agree(extra: str) -> None:
    base, more = pins("runtime"), pins(extra)
    assert set(base) <= set(more)
    versions = {name: {line.partition(" ;")[0] for line in lines} for name, lines in more.items()}
    assert {
        name for name, lines in base.items() if not {line.partition(" ;")[0] for line in lines} <= versions[name]
    } == set()
