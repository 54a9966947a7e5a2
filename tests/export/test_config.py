"""The configuration: one TOML file, and a sentence for whatever is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_app.errors import UsageError
from export.commands import DEFAULT_CONFIG
from export.config import DatasetConfig, load_config

MINIMAL = 'data_root = "data"\nrun = "run"\n'


def complaint(tmp_path: Path, text: str) -> str:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_config(tmp_path / "a.toml")
    return caught.value.message


def test_the_configuration_of_the_shipped_package() -> None:
    config = load_config(DEFAULT_CONFIG)
    assert (config.package.name, config.package.version) == ("descry", "0.2")
    assert all(dataset.terms for dataset in config.datasets)
    assert config.encoder.side % 32 == 0
    assert config.model.hidden % config.model.heads == 0


def test_what_is_not_said_has_its_usual_value(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(MINIMAL + '[[datasets]]\nname = "a"\npath = "b"\nweight = 1\n', encoding="utf-8")
    config = load_config(tmp_path / "a.toml")
    assert config.run_folder == Path("run")
    assert config.train.batch_sentences == 100
    assert config.datasets == (DatasetConfig("a", "b"),)
    assert config.dataset("a").weight == 1.0


def test_a_data_set_that_is_not_configured(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no data set nothing, only flickr8k, coco, "):
        load_config(DEFAULT_CONFIG).dataset("nothing")


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("= 3", "The configuration a.toml is not valid TOML: "),
        ('run = "run"', "a.toml is incomplete: "),
        (MINIMAL + "colour = 3", "a.toml has no option colour; it knows data_root, datasets, "),
        (MINIMAL + "[train]\nspeed = 3", "train has no option speed; it knows average, "),
        (MINIMAL + '[train]\nepochs = "six"', "train: epochs must be of type int."),
        (MINIMAL + "[encoder]\nside = 2.5", "encoder: side must be of type int."),
        (MINIMAL + '[[datasets]]\nname = "a"', "datasets is incomplete: "),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, begin: str) -> None:
    assert complaint(tmp_path, text).startswith(begin)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_config(tmp_path / "none.toml")
    assert caught.value.message == "The configuration none.toml cannot be read: No such file or directory."
