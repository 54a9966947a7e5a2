"""Evaluation of a package through the program's own captioner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.tiny_package import save_picture
from tests.fixtures.tiny_wordnet import write_wordnet

pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed: run python3 start.py setup train")

from export import evaluate
from export.metrics import quick_scores


@pytest.fixture
def captioned(tmp_path: Path) -> Path:
    """A folder of colours, each with what people say of it."""
    folder = tmp_path / "colours"
    folder.mkdir()
    sentences = {"red": "A red square.", "blue": "A blue square.", "lime": "A green circle.", "white": "A small cloud."}
    rows = []
    for colour, sentence in sentences.items():
        save_picture(folder / f"{colour}.png", colour)
        rows.append({"file": f"{colour}.png", "split": "test", "captions": [sentence, sentence]})
    (folder / "captions.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, object]]:
    """Exit code and the JSON on standard output."""
    code = evaluate.main([str(argument) for argument in arguments])
    output = capsys.readouterr().out
    return code, json.loads(output) if output else {}


def test_a_package_is_scored(tiny_package: Path, captioned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = run(capsys, "--package", tiny_package, "--data", captioned, "--quick")
    assert code == 0
    assert {key: result[key] for key in ("data", "split", "pictures", "distinct", "mean_words", "reliability")} == {
        "data": "colours",
        "split": "test",
        "pictures": 4,
        "distinct": 4,
        "mean_words": 3.0,
        "reliability": None,
    }
    assert result["decoding"] == {"beam_width": 3, "max_length": 10, "length_exponent": 0.9}
    assert 0.5 < float(str(result["cider"])) < 10
    assert result["package"]["name"] == "tiny"  # type: ignore[index]


def test_the_decoding_can_be_changed(tiny_package: Path, captioned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--quick", "--limit", 2, "--beam-width", 1, "--max-length", 2)
    _, result = run(capsys, "--package", tiny_package, "--data", captioned, *options)
    assert (result["pictures"], result["mean_words"]) == (2, 2.0)
    assert result["decoding"] == {"beam_width": 1, "max_length": 2, "length_exponent": 0.9}


def test_what_is_really_there_is_told(
    tiny_package: Path, captioned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wordnet = write_wordnet(tmp_path / "wordnet")
    options = ("--package", tiny_package, "--data", captioned, "--quick", "--captions", tmp_path / "said.jsonl")
    _, result = run(capsys, *options, "--wordnet", wordnet)
    said = [json.loads(line) for line in (tmp_path / "said.jsonl").read_text(encoding="utf-8").splitlines()]
    assert said == [
        {"file": "red.png", "caption": "a red square"},
        {"file": "blue.png", "caption": "a blue square"},
        {"file": "lime.png", "caption": "a green circle"},
        {"file": "white.png", "caption": "a white square"},
    ]
    assert (result["supported"], result["supported_strict"]) == (0.75, 0.75)  # the white one is a cloud
    assert evaluate.main([*map(str, options), "--wordnet", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"WordNet 3.0 is not in {tmp_path}: install")


def test_frequencies_come_from_the_training_pictures_of_several_sets(
    tiny_package: Path, captioned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        rows = [{"file": f"{k}.png", "captions": ["a red square"], "split": "train"} for k in range(5)]
        rows.append({"file": "5.png", "captions": ["a square"], "split": "val"})
        (tmp_path / name).mkdir()
        (tmp_path / name / "captions.json").write_text(json.dumps(rows), encoding="utf-8")
    config = tmp_path / "sets.toml"
    config.write_text(
        f'data_root = "{tmp_path.as_posix()}"\nrun = "run"\n[[datasets]]\nname = "first"\npath = "one"\n'
        '[[datasets]]\nname = "second"\npath = "two"\nhold_out = 5\n'
    )
    options = ("--package", tiny_package, "--data", captioned, "--quick")
    _, plain = run(capsys, *options)
    assert (plain["document_frequencies"], "cider_training" in plain) == (None, False)
    _, result = run(capsys, *options, "--df-from", config, tmp_path / "two")
    assert result["document_frequencies"] == {"sets": ["first", "second", "two"], "pictures": 5 + 4 + 5}
    assert result["cider"] == plain["cider"] != result["cider_training"]


def test_what_is_wrong_is_one_sentence(
    tiny_package: Path, captioned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate.main(["--package", str(tmp_path / "none"), "--data", str(captioned)]) == 1
    assert evaluate.main(["--package", str(tiny_package), "--data", str(captioned), "--split", "val"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "The model in none has no manifest.json: install the model again.",
        "The data set colours has no pictures in its split val.",
    ]


def test_perfect_sentences_have_perfect_scores() -> None:
    references = {k: [f"a {word} dog runs on the green grass", "a dog"] for k, word in enumerate(["big", "red", "wet"])}
    perfect = quick_scores({k: r[0] for k, r in references.items()}, references)
    assert perfect["bleu4"] == pytest.approx(1.0, abs=1e-6)
    poor = quick_scores(dict.fromkeys(references, "two cats sleep under a table"), references)
    assert poor["cider"] < perfect["cider"]
    assert poor["bleu4"] < 0.01
