"""The README shows what its commands really print, and names no command that does not exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bootstrap.readme import README, blocks, body_of
from desktop_app.cli.main import COMMANDS, TRAINING
from desktop_app.settings import Settings


@pytest.mark.model
def test_captions_in_the_readme_are_what_the_command_prints(tmp_path: Path) -> None:
    shown = [(c, body) for c, body in blocks(README.read_text(encoding="utf-8")) if c.startswith("descry caption")]
    assert shown, "the README shows no captions"
    for command, body in shown:
        assert body == body_of(command, tmp_path)


def test_every_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"`(?:descry|python3 start\.py) ([a-z]+)", README.read_text(encoding="utf-8")))
    assert named >= {"caption", "watch", "doctor"}
    assert named <= {*COMMANDS, *TRAINING, "test"}


def test_every_command_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"descry {name}" not in text] == []


def test_every_setting_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [option.name for option in fields(Settings) if f"`{option.name}`" not in text] == []
