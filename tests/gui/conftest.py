"""The fixtures of `tests/gui/scene.py` where Qt can be loaded; elsewhere each module is skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

try:
    from tests.gui.scene import no_session_bus, open_window, qt, scene, strict_qt
except ImportError as error:
    WHY_NOT = f"Qt cannot be loaded ({error}): python3 start.py names what this system lacks"
else:
    WHY_NOT = ""
    __all__ = ["no_session_bus", "open_window", "qt", "scene", "strict_qt"]


class Unloadable(pytest.Module):
    """A module of tests that is not even imported."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        pytest.skip(WHY_NOT, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """None leaves it to pytest."""
    return Unloadable.from_parent(parent, path=module_path) if WHY_NOT else None
