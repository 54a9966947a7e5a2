"""Where things live: user folders, bundled models and assets. The only module that knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "descry"
_PROGRAM = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Paths:
    """The folders of one run. Built once in `assembly`, passed by argument."""

    config: Path
    """Folder of settings.json."""
    data: Path
    """Folder of the history and of the user's own model packages."""
    logs: Path
    """Folder of the log file."""
    program: Path = _PROGRAM
    """Folder that holds `models/` and `assets/`."""

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.json"

    @property
    def history_file(self) -> Path:
        return self.data / "history.sqlite"

    @property
    def user_models(self) -> Path:
        return self.data / "models"

    @property
    def bundled_models(self) -> Path:
        return self.program / "models"

    @property
    def assets(self) -> Path:
        return self.program / "assets"


def user_paths() -> Paths:
    """The platform's own user folders; nothing is created here."""
    return Paths(
        config=platformdirs.user_config_path(APP_NAME, appauthor=False),
        data=platformdirs.user_data_path(APP_NAME, appauthor=False),
        logs=platformdirs.user_log_path(APP_NAME, appauthor=False),
    )


def make_private_folder(folder: Path) -> Path:
    """Create a folder that only its owner can read, because captions and paths are personal."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    return folder
