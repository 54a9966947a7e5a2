"""Every sentence that the program speaks or shows, each with when it is heard.

Paths are told by file name only: a long path is no help to the ear.
"""

from __future__ import annotations


# --- Speech ---


def speech_value_out_of_range(name: str, low: int, high: int) -> str:
    """Heard when a setting or an option asks for a rate, pitch or volume that no engine has."""
    return f"The {name} of the voice must be between {low} and {high}."
