"""Numbers and times in words."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """A number of things: one voice, two voices."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def duration(seconds: float) -> str:
    """A time in words."""
    whole = round(seconds)
    if whole < 60:
        return counted(whole, "second")
    if whole < 3600:
        return f"{counted(whole // 60, 'minute')} {counted(whole % 60, 'second')}"
    return f"{counted(whole // 3600, 'hour')} {counted(whole % 3600 // 60, 'minute')}"
