"""Settings: each declared once, each bad value mended alone, nothing lost on the way to the disk and back."""

from __future__ import annotations

import json
import os
import stat
import threading
from dataclasses import fields, replace
from pathlib import Path

import pytest

from desktop_app.errors import SettingsError
from desktop_app.settings import Settings, allowed, checked, declared, load_settings, save_settings, with_values

NAMES = [option.name for option in fields(Settings)]
CHANGED = Settings(
    model="mine",
    provider="cpu",
    style="cautious",
    history=False,
    speak=False,
    engine="espeak",
    voice="en-gb",
    rate=300,
    pitch=0,
    volume=7,
    threads=2,
    idle_minutes=0,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_explained_and_its_default_is_allowed(name: str) -> None:
    assert len(declared(name).metadata["help"]) > 10
    assert checked(name, getattr(Settings(), name)) == getattr(Settings(), name)
    assert getattr(CHANGED, name) != getattr(Settings(), name), "add the new option to CHANGED"


def test_there_and_back(file: Path) -> None:
    save_settings(file, CHANGED)
    assert load_settings(file).settings == CHANGED
    assert load_settings(file).problems == ()


def test_no_file_is_the_usual_settings(file: Path) -> None:
    assert load_settings(file) == load_settings(file.with_name("none.json"))
    assert (load_settings(file).settings, load_settings(file).problems) == (Settings(), ())
    assert not file.parent.exists()


BAD = {
    "model": [3, None, ["a"], True],
    "provider": ["gpu", "", 3, "CPU"],
    "style": ["bold", None],
    "history": ["yes", 1, None, 0],
    "speak": ["no", []],
    "engine": ["festival", 1],
    "voice": [1, {}],
    "rate": [79, 451, "175", 175.0, True, None],
    "pitch": [-1, 101],
    "volume": [-1, 101, "loud"],
    "threads": [-1, 257],
    "idle_minutes": [-1, 1441],
}
PROBLEMS = {
    "model": "The setting model takes a text.",
    "provider": "The setting provider takes one of auto, cpu, cuda, directml, coreml.",
    "style": "The setting style takes one of cautious, balanced, talkative.",
    "history": "The setting history takes true or false.",
    "speak": "The setting speak takes true or false.",
    "engine": "The setting engine takes one of auto, espeak, pyttsx3, silent.",
    "voice": "The setting voice takes a text.",
    "rate": "The setting rate takes a number from 80 to 450.",
    "pitch": "The setting pitch takes a number from 0 to 100.",
    "volume": "The setting volume takes a number from 0 to 100.",
    "threads": "The setting threads takes a number from 0 to 256.",
    "idle_minutes": "The setting idle_minutes takes a number from 0 to 1440.",
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_mended_and_the_others_are_kept(file: Path, name: str, value: object) -> None:
    table = {option: getattr(CHANGED, option) for option in NAMES} | {name: value}
    write(file, json.dumps(table))
    loaded = load_settings(file)
    assert loaded.settings == replace(CHANGED, **{name: getattr(Settings(), name)})
    assert loaded.problems == (f"{PROBLEMS[name]} Its usual value is used.",)
    with pytest.raises(SettingsError) as caught:
        with_values(Settings(), {name: value})
    assert caught.value.message == PROBLEMS[name]


def test_every_option_has_its_bad_values() -> None:
    assert list(BAD) == list(PROBLEMS) == NAMES


@pytest.mark.parametrize(("name", "low", "high"), [("rate", 80, 450), ("pitch", 0, 100), ("threads", 0, 256)])
def test_the_limits_themselves_are_allowed(name: str, low: int, high: int) -> None:
    assert (checked(name, low), checked(name, high)) == (low, high)
    assert allowed(name) == f"a number from {low} to {high}"


def test_several_bad_values_are_each_told(file: Path) -> None:
    write(file, json.dumps({"rate": 1, "pitch": 1, "volume": 1000}))
    loaded = load_settings(file)
    assert (loaded.settings.rate, loaded.settings.pitch, loaded.settings.volume) == (175, 1, 100)
    assert [problem.split()[2] for problem in loaded.problems] == ["rate", "volume"]


@pytest.mark.faults
@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\ufeff{}", '{"rate": 200,}'])
def test_a_file_that_cannot_be_read_is_told_and_left(file: Path, text: str) -> None:
    write(file, text)
    loaded = load_settings(file)
    assert loaded.settings == Settings()
    assert loaded.problems == (
        "The settings file settings.json cannot be read, so the usual settings are used; the file is left as it is.",
    )
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.faults
def test_a_file_that_cannot_be_read_is_put_aside_when_a_setting_is_changed(file: Path) -> None:
    write(file, '{"rate": 200,}  // by hand')
    save_settings(file, CHANGED)
    assert load_settings(file).settings == CHANGED
    assert file.with_name("settings.json.unreadable").read_text(encoding="utf-8") == '{"rate": 200,}  // by hand'


@pytest.mark.faults
def test_a_folder_in_its_place(file: Path) -> None:
    file.mkdir(parents=True)
    assert load_settings(file).settings == Settings()
    assert len(load_settings(file).problems) == 1
    with pytest.raises(SettingsError) as caught:
        save_settings(file, CHANGED)
    assert caught.value.message == "The settings file settings.json cannot be written: Is a directory."
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]


@pytest.mark.faults
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    with pytest.raises(SettingsError) as caught:
        save_settings(tmp_path / "config" / "settings.json", CHANGED)
    assert caught.value.message == "The settings file settings.json cannot be written: File exists."


def test_keys_of_other_programs_are_kept(file: Path) -> None:
    write(file, json.dumps({"later": {"deep": [1, 2]}, "rate": 200}))
    assert load_settings(file).problems == ()
    save_settings(file, replace(load_settings(file).settings, pitch=3))
    table = json.loads(file.read_text(encoding="utf-8"))
    assert (table["later"], table["rate"], table["pitch"]) == ({"deep": [1, 2]}, 200, 3)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(SettingsError) as caught:
        with_values(Settings(), {"loudness": 3})
    assert caught.value.message == "There is no setting called loudness."


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights: run it on Linux or macOS")
def test_only_the_owner_can_read_them(file: Path) -> None:
    save_settings(file, CHANGED)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_whoever_reads_while_they_are_written_gets_a_whole_file(file: Path) -> None:
    save_settings(file, CHANGED)
    done = threading.Event()
    seen: set[Settings] = set()
    problems: set[str] = set()

    def read() -> None:
        while not done.is_set():
            loaded = load_settings(file)
            seen.add(loaded.settings)
            problems.update(loaded.problems)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(target=lambda rate=rate: [save_settings(file, replace(CHANGED, rate=rate)) for _ in range(20)])
        for rate in (100, 200)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join()
    assert problems == set()
    assert seen <= {replace(CHANGED, rate=rate) for rate in (100, 200, 300)}
    assert len(seen) >= 1
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]
