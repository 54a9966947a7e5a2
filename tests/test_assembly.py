"""The one place where things are put together: which package is found, and what the parts get from the settings."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_app.assembly import (
    Context,
    build_local_describer,
    build_pipeline,
    build_store,
    build_worker_describer,
    find_package,
    installed_packages,
    load_context,
)
from desktop_app.errors import ModelPackageError
from desktop_app.paths import Paths, make_private_folder, user_paths
from desktop_app.settings import Settings, save_settings
from desktop_app.sources.image import ImageSource
from tests.fixtures.tiny_package import save_picture


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config", tmp_path / "data", tmp_path / "logs", tmp_path / "program")


def install(root: Path, *names: str) -> None:
    """Folders that have a manifest, which is all that the search looks at."""
    for name in names:
        (root / name).mkdir(parents=True)
        (root / name / "manifest.json").touch()


def names(paths: Paths) -> list[str]:
    return [f"{folder.parents[1].name}/{folder.name}" for folder in installed_packages(paths)]


def test_the_users_own_come_first_and_the_newest_of_a_name(paths: Paths) -> None:
    install(paths.bundled_models, "descry-0.9", "descry-0.10", "descry-0.2")
    install(paths.user_models, "mine-1.0", "mine-1.0.1")
    install(paths.user_models, ".descry-9.0.part")  # an installation that was interrupted
    (paths.user_models / "no-package").mkdir()
    (paths.user_models / "file").touch()
    assert names(paths) == [
        "data/mine-1.0.1", "data/mine-1.0", "program/descry-0.10", "program/descry-0.9", "program/descry-0.2",
    ]  # fmt: skip
    assert find_package("", paths).name == "mine-1.0.1"
    assert find_package("descry", paths).name == "descry-0.10"
    assert find_package("descry-0.2", paths).name == "descry-0.2"


def test_the_small_package_does_not_take_the_place_of_the_whole_one(paths: Paths) -> None:
    install(paths.bundled_models, "descry-tiny-0.3", "descry-0.2", "descry-0.3")
    assert names(paths) == ["program/descry-0.3", "program/descry-0.2", "program/descry-tiny-0.3"]
    assert find_package("", paths).name == "descry-0.3"
    assert find_package("descry", paths).name == "descry-0.3"
    assert find_package("descry-tiny", paths).name == "descry-tiny-0.3"


def test_a_folder_is_a_package_too(paths: Paths, tmp_path: Path) -> None:
    install(tmp_path, "elsewhere")
    assert find_package(str(tmp_path / "elsewhere"), paths) == tmp_path / "elsewhere"


def test_a_folder_called_like_the_model_does_not_hide_it(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(paths.bundled_models, "descry-0.1")
    (tmp_path / "descry").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_package("descry", paths) == paths.bundled_models / "descry-0.1"
    assert find_package(os.path.join(".", "descry"), paths) == Path("descry")


@pytest.mark.parametrize("wanted", ["", "descry"])
def test_no_package_at_all(paths: Paths, wanted: str) -> None:
    with pytest.raises(ModelPackageError) as caught:
        find_package(wanted, paths)
    assert caught.value.message.startswith("There is no model called descry: " if wanted else "No model is installed: ")


def test_the_settings_decide_what_is_built(tiny_package: Path, paths: Paths, tmp_path: Path) -> None:
    settings = Settings(model=str(tiny_package), provider="cpu", threads=1, history=False)
    said: list[str] = []
    for history in (False, True):
        context = Context(paths, replace(settings, history=history))
        store = build_store(context)
        pipeline = build_pipeline(context, build_local_describer(context), store, said.append, said.append)
        pipeline.describe(ImageSource.from_path(save_picture(tmp_path / "a.png")))
        assert paths.history_file.exists() == history
        store.close()
    assert said == ["Maybe: a red square."] * 2


def test_a_worker_is_built_without_being_started(tiny_package: Path, paths: Paths) -> None:
    worker = build_worker_describer(Context(paths, Settings(model=str(tiny_package), provider="cpu", idle_minutes=0)))
    assert worker.process_id is None
    with pytest.raises(ModelPackageError):
        build_worker_describer(Context(paths, Settings()))


def test_the_settings_file_is_the_users_own_unless_another_is_named(tmp_path: Path) -> None:
    assert load_context().settings == Settings()
    save_settings(user_paths().settings_file, Settings(rate=200))
    save_settings(tmp_path / "other.json", Settings(rate=300))
    assert load_context().settings.rate == 200
    assert load_context(tmp_path / "other.json").settings.rate == 300


def test_the_users_folders_are_apart_and_not_made_before_they_are_needed(sandbox: Path) -> None:
    paths = user_paths()
    places = [paths.settings_file, paths.history_file, paths.user_models, paths.logs]
    assert all(sandbox in place.parents and "descry" in str(place) for place in places)
    assert not any(place.exists() or place.parent.exists() for place in places[:3])
    assert (paths.assets.name, paths.bundled_models.name) == ("assets", "models")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights: run it on Linux or macOS")
def test_a_private_folder_is_private_however_it_was_made(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o777)
    assert make_private_folder(tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert make_private_folder(tmp_path / "b" / "c").stat().st_mode & 0o777 == 0o700
