"""What /proc tells about processes."""

from __future__ import annotations

from pathlib import Path


def is_running(pid: int) -> bool:
    """True unless it has ended, also when nobody has collected it yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def children(pid: int) -> list[int]:
    """The processes that it or one of its threads started, and those that they started."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in listing.read_text(encoding="ascii").split()]
        except (FileNotFoundError, ProcessLookupError):
            pass  # that thread has just ended
    return [*found, *(grandchild for child in found for grandchild in children(child))]


def command_line(pid: int) -> str:
    """What the process list shows; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
