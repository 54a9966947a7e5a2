"""How much memory this process takes, in bytes; 0 where the system does not tell (Windows)."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")


def resident_memory() -> int:
    """What it holds now; where only the system's own tools tell that, the most it ever held."""
    return _of_linux("VmRSS:") if _STATUS.exists() else peak_memory()


def peak_memory() -> int:
    """The most it ever held."""
    if _STATUS.exists():  # on Linux, ru_maxrss begins with what the parent had
        return _of_linux("VmHWM:")
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _of_linux(field: str) -> int:
    return 1024 * int(_STATUS.read_text(encoding="ascii").partition(field)[2].split()[0])
