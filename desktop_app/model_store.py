"""Model packages of this user: list, verify, install and remove."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from desktop_app import messages
from desktop_app.captioning.manifest import Manifest
from desktop_app.captioning.model_package import MANIFEST, ModelPackage, read_manifest
from desktop_app.errors import ModelPackageError
from desktop_app.paths import Paths, make_private_folder


@dataclass(frozen=True)
class PackageReport:
    """One package, as far as its manifest can be read."""

    folder: Path
    is_bundled: bool
    manifest: Manifest | None
    problem: str = ""
    """One sentence; empty when the manifest can be read."""


def report(folder: Path, paths: Paths) -> PackageReport:
    """Look at a package's manifest only."""
    is_bundled = paths.bundled_models in folder.resolve().parents
    try:
        manifest, _ = read_manifest(folder)
    except ModelPackageError as error:
        return PackageReport(folder, is_bundled, None, error.message)
    return PackageReport(folder, is_bundled, manifest)


def install(source: Path, paths: Paths) -> Path:
    """Verify a package and copy it to the user's models. Raises `ModelPackageError`; then nothing has changed."""
    package = ModelPackage.load(source)
    target = paths.user_models / f"{package.manifest.name}-{package.manifest.version}"
    if target.exists():
        raise ModelPackageError(messages.model_is_installed(target.name))
    partial = target.with_name(f".{target.name}.part")
    try:
        make_private_folder(paths.data)
        make_private_folder(paths.user_models)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for name in (MANIFEST, *package.manifest.files):  # and nothing else that may lie in the folder
            shutil.copyfile(source / name, partial / name)
        partial.rename(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise ModelPackageError(messages.model_not_copied(target.name, error.strerror or "")) from error
    return target


def remove(name: str, paths: Paths) -> None:
    """Delete one of the user's own packages. Raises `ModelPackageError` for the program's own."""
    folder = paths.user_models / name
    if Path(name).name != name or not (folder / MANIFEST).is_file():
        is_bundled = (paths.bundled_models / name / MANIFEST).is_file()
        raise ModelPackageError(messages.model_not_removable(name) if is_bundled else messages.model_unknown(name))
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise ModelPackageError(messages.model_not_removed(name, error.strerror or "")) from error
