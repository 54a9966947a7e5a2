"""What is told of voices and of the screen reader."""

from __future__ import annotations

# --- Speech ---


def speech_value_out_of_range(name: str, low: int, high: int) -> str:
    """Heard when a setting or an option asks for a rate, pitch or volume that no engine has."""
    return f"The {name} of the voice must be between {low} and {high}."


SPEECH_MIXER_NAME = "Descry"
"""Shown in the computer's sound mixer beside the volume of the voice."""

SPEECH_ESPEAK_NAME = "eSpeak NG"
SPEECH_PYTTSX3_NAME = "the system's voice (pyttsx3)"
SPEECH_SILENT_NAME = "no speech"

# Why an engine cannot be used, and what helps: shown by `descry voices` and `descry doctor`, heard when it happens.
SPEECH_NO_PLAYER = "The sound player miniaudio is not installed."
SPEECH_NO_PLAYER_REMEDY = "Run start.py again, or install the Python package miniaudio."
SPEECH_NO_PROGRAM = "There is no program that plays sound."
SPEECH_NO_PROGRAM_REMEDY = "Install the package pulseaudio-utils or alsa-utils."
SPEECH_NO_DEVICE = "No sound device can be opened."
SPEECH_NO_DEVICE_REMEDY = "Connect a loudspeaker or headphones and check that another program can be heard."
SPEECH_DEVICE_DIED = "The sound device stopped in the middle of a sentence."
SPEECH_ESPEAK_MISSING = "The voice eSpeak NG is not installed."
SPEECH_ESPEAK_WITHOUT_DATA = "The voice eSpeak NG is installed without its voice data."
SPEECH_ESPEAK_REMEDY = "Run start.py again, or install the package espeak-ng."
SPEECH_ESPEAK_LOST = "The voice eSpeak NG started, but does not answer."
SPEECH_PYTTSX3_MISSING = "The Python package pyttsx3 is not installed."
SPEECH_PYTTSX3_MISSING_REMEDY = "Run start.py again, or install the package pyttsx3."
SPEECH_PYTTSX3_NO_VOICE = "The package pyttsx3 finds no voice on this computer."
SPEECH_PYTTSX3_NO_VOICE_REMEDY = (
    "Install a voice in the settings of your system; on Linux, install the package espeak-ng."
)
SPEECH_PYTTSX3_NO_APLAY = "The package pyttsx3 needs the program aplay to be heard."
SPEECH_PYTTSX3_NO_APLAY_REMEDY = "Install the package alsa-utils."
SPEECH_BROKEN = "The voice failed in a way that was not foreseen; the next sentence tries it anew."
SPEECH_PYTTSX3_LOST = "The system's voice started, but does not answer."
SPEECH_PYTTSX3_LOST_REMEDY = "Choose another voice in the settings."


def speech_changed(reason: str, remedy: str, name: str) -> str:
    """Shown once, when the usual voice cannot speak and another takes over."""
    return f"{reason} {remedy} Until then {name} speaks."


def speech_lost(reason: str, remedy: str) -> str:
    """Shown once, when nothing can be heard any more."""
    return f"Nothing can be spoken now. {reason} {remedy}"


def speech_voice_missing(voice: str) -> str:
    """Shown once, when the voice that was chosen does not exist in the engine that speaks."""
    return f"There is no voice called {voice}, so the usual one speaks."


# --- screen reader: shown by `descry doctor` and in the window -------------------------------------------------------

NO_SCREEN_READER = "No screen reader is running, so Descry's own voice speaks."
SCREEN_READER_RUNS = "A screen reader is running, and it speaks instead of Descry's own voice."
SCREEN_READER_LISTENS = (
    "A screen reader is running and hears announcements, and it speaks instead of Descry's own voice."
)
