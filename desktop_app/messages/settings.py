"""What is told of settings."""

from __future__ import annotations

# --- settings: told at the start when the settings file holds something that cannot be ------------------------------

TRUE_OR_FALSE = "true or false"
A_TEXT = "a text"


def one_of(choices: tuple[str, ...]) -> str:
    return "one of " + ", ".join(choices)


def from_to(low: int, high: int) -> str:
    return f"a number from {low} to {high}"


def setting_unknown(name: str) -> str:
    """Heard when a setting is named that does not exist."""
    return f"There is no setting called {name}."


def setting_bad(name: str, allowed: str) -> str:
    """Heard when a setting is given a value that it cannot take."""
    return f"The setting {name} takes {allowed}."


def setting_mended(problem: str) -> str:
    """Heard at the start for each value of the settings file that was not taken."""
    return f"{problem} Its usual value is used."


def settings_unreadable(name: str) -> str:
    """Heard at the start when the whole settings file is no JSON."""
    return f"The settings file {name} cannot be read, so the usual settings are used; the file is left as it is."


def settings_unwritable(name: str, reason: str) -> str:
    """Heard when a changed setting cannot be kept."""
    return f"The settings file {name} cannot be written: {reason}."
