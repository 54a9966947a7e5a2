"""What engines are given and answer, which come first, and what loading them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from desktop_app.errors import SettingsError
from desktop_app.speech.engine import EngineKind, SpeechOptions, choose_engine, preferred_kinds
from desktop_app.speech.engines import engine_factories, survey_engines
from desktop_app.speech.silent_engine import SilentEngine


@pytest.mark.parametrize("wrong", [{"rate": 79}, {"rate": 451}, {"pitch": -1}, {"pitch": 101}, {"volume": 101}])
def test_a_value_that_no_engine_has_is_refused_by_name(wrong: dict[str, int]) -> None:
    with pytest.raises(SettingsError) as caught:
        SpeechOptions(**wrong)
    (name,) = wrong
    low, high = (80, 450) if name == "rate" else (0, 100)
    assert caught.value.message == f"The {name} of the voice must be between {low} and {high}."


def test_the_ends_of_the_ranges_are_allowed() -> None:
    assert SpeechOptions(rate=80, pitch=0, volume=0) != SpeechOptions(rate=450, pitch=100, volume=100)


@pytest.mark.parametrize(
    ("platform", "first"),
    [("linux", EngineKind.ESPEAK), ("win32", EngineKind.PYTTSX3), ("darwin", EngineKind.PYTTSX3)],
)
def test_each_system_has_its_first_engine_and_silence_last(platform: str, first: EngineKind) -> None:
    kinds = preferred_kinds(platform)
    assert (kinds[0], kinds[-1]) == (first, EngineKind.SILENT)
    assert set(kinds) == set(EngineKind)


@pytest.mark.parametrize("chosen", list(EngineKind))
def test_the_chosen_engine_comes_first(chosen: EngineKind) -> None:
    kinds = [factory().kind for factory in engine_factories(chosen)]
    assert kinds[0] is chosen
    assert kinds[-1] is EngineKind.SILENT
    assert len(kinds) == (1 if chosen is EngineKind.SILENT else len(EngineKind))


def test_without_a_sound_device_all_engines_are_passed_over_with_reason_and_remedy(no_sound: None) -> None:
    choice = choose_engine(engine_factories())
    assert isinstance(choice.engine, SilentEngine)
    reasons = {availability.reason for _, availability in choice.passed_over}
    assert "No sound device can be opened." in reasons
    assert len(choice.passed_over) == 2
    assert all(availability.remedy for _, availability in choice.passed_over)


def test_the_survey_tells_why_an_engine_cannot_be_used(no_sound: None) -> None:
    espeak, _, silent = sorted(survey_engines(), key=lambda report: report.kind.value)
    assert (espeak.kind, espeak.is_chosen, espeak.voices) == (EngineKind.ESPEAK, False, ())
    assert espeak.availability.reason == "No sound device can be opened."
    assert espeak.availability.sentence == f"{espeak.availability.reason} {espeak.availability.remedy}"
    assert (silent.kind, silent.is_chosen, silent.availability.sentence) == (EngineKind.SILENT, True, "")


def test_loading_the_speaker_loads_nothing_heavy() -> None:
    script = (
        "import sys, desktop_app.speech, desktop_app.speech.speaker, desktop_app.speech.engines;"
        "print(sorted({'miniaudio', 'pyttsx3', 'espeakng_loader', 'ctypes', 'subprocess', 'numpy'} & set(sys.modules)))"
    )
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert child.stdout == "[]\n"
