"""What the window shows and says: sentences, errors, watched places, stopping, ending."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.paths import user_paths
from tests.fixtures.tiny_package import TRAP_GREY, MakePackage, save_picture
from tests.gui.scene import Open, Scene, wait_for
from tests.gui.test_open import CONTROL, GREEN, RED, copy, file_dialog
from tests.helpers.processes import children, command_line, is_running

SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_the_description_can_be_read_by_character_word_and_line(scene: Scene, tmp_path: Path) -> None:
    scene.window.open_paths([str(save_picture(tmp_path / "red.png"))])
    scene.wait_for_records(1)
    field = scene.window.sentence
    field.setFocus()
    read = []
    for key, modifier in ((Qt.Key.Key_Right, SHIFT), (Qt.Key.Key_Right, SHIFT | CONTROL), (Qt.Key.Key_End, SHIFT)):
        scene.press(key, modifier)
        read.append(field.textCursor().selectedText())
    assert read == ["M", "Maybe", RED]
    QTest.keyClicks(field, "x")
    scene.press(Qt.Key.Key_Delete)
    assert field.toPlainText() == RED


def test_copy(scene: Scene, tmp_path: Path) -> None:
    scene.window.open_paths([str(save_picture(tmp_path / "red.png"))])
    scene.wait_for_records(1)
    scene.press(Qt.Key.Key_C, CONTROL | SHIFT)
    assert QGuiApplication.clipboard().text() == RED
    assert scene.window.status.toPlainText() == "The description is on the clipboard."


def test_speak_says_it_again_also_where_results_are_not_spoken(open_window: Open, tmp_path: Path) -> None:
    scene = open_window((save_picture(tmp_path / "red.png"),), speak=False)
    scene.wait_for_records(1)
    assert scene.said == []
    scene.press(Qt.Key.Key_Return, CONTROL)
    wait_for(lambda: scene.said)
    assert scene.said == [RED]


def test_a_broken_picture_among_good_ones(scene: Scene, tmp_path: Path) -> None:
    good = save_picture(tmp_path / "red.png")
    broken = tmp_path / "broken.png"
    broken.write_bytes(good.read_bytes()[:50])
    missing = tmp_path / "missing.png"
    scene.window.open_paths([str(good), str(broken), str(missing)])
    sentences = scene.wait_for_records(3)
    assert sentences == [
        RED,
        "broken.png is damaged or incomplete: copy or download it again.",
        "There is no file missing.png: check the name.",
    ]
    assert scene.said == sentences
    assert scene.window.sentence.toPlainText() == scene.window.status.toPlainText() == sentences[2]
    assert scene.window.picture.text() == "This picture cannot be shown."


def test_a_picture_is_shown_in_its_own_shape(scene: Scene, tmp_path: Path) -> None:
    scene.window.open_paths([str(save_picture(tmp_path / "wide.png", "red", (300, 100)))])
    scene.wait_for_records(1)
    pixmap, place = scene.window.picture.pixmap(), scene.window.picture.contentsRect()
    assert pixmap.height() == round(pixmap.width() / 3)
    assert pixmap.width() == place.width()
    scene.window.resize(500, 640)
    QApplication.processEvents()
    assert scene.window.picture.pixmap().width() == scene.window.picture.contentsRect().width() < place.width()


def test_watching_the_clipboard(scene: Scene) -> None:
    copy(png="red")
    switch = scene.window.controls.watch_clipboard
    assert not switch.isChecked()
    scene.press(Qt.Key.Key_B, CONTROL | SHIFT)
    assert switch.isChecked()
    copy(png="green")
    scene.wait_for_records(1)
    copy(png="green")
    scene.press(Qt.Key.Key_C, CONTROL | SHIFT)  # our own copy
    copy(text="Words.")
    copy(png="blue")
    scene.wait_for_records(2)
    copy(png="green")
    scene.wait_until_idle()
    scene.press(Qt.Key.Key_B, CONTROL | SHIFT)
    copy(png="black")
    scene.wait_until_idle()
    assert scene.sentences == [GREEN, "Maybe: a blue square."]
    assert scene.said == scene.sentences


def test_watching_a_folder_by_keyboard(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "screenshots"
    folder.mkdir()
    save_picture(folder / "old.png", "blue")
    scene.press(Qt.Key.Key_F, CONTROL | SHIFT)
    assert file_dialog(scene).windowTitle() == "Choose a folder to watch"
    field = QApplication.focusWidget()
    field.clear()  # type: ignore[union-attr]
    QTest.keyClicks(field, str(folder))
    scene.press(Qt.Key.Key_Return)
    wait_for(lambda: "screenshots" in scene.window.status.toPlainText())
    assert scene.window.status.toPlainText() == "Each new picture in the folder screenshots will be described."
    assert scene.window.controls.watch_folder.isChecked()
    wait_for(lambda: scene.window.folder_watch.has_looked)
    save_picture(folder / "new.png")
    assert scene.wait_for_records(1) == [RED]
    scene.wait_for_keyboard()
    scene.press(Qt.Key.Key_F, CONTROL | SHIFT)
    assert not scene.window.controls.watch_folder.isChecked()
    assert scene.window.status.toPlainText() == "No folder is watched."


def test_choosing_no_folder_turns_the_switch_off(scene: Scene) -> None:
    scene.press(Qt.Key.Key_F, CONTROL | SHIFT)
    file_dialog(scene)
    scene.press(Qt.Key.Key_Escape)
    wait_for(lambda: not scene.window.controls.watch_folder.isChecked())


def test_a_watched_folder_that_vanishes_and_returns(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    scene.window.watch_folder(str(folder))
    wait_for(lambda: scene.window.folder_watch.has_looked)
    shutil.rmtree(folder)
    wait_for(lambda: scene.said)
    folder.mkdir()
    wait_for(lambda: len(scene.said) == 2)
    save_picture(folder / "new.png")
    scene.wait_for_records(1)
    assert scene.said == [
        "The folder card cannot be read any more; it is watched again when it is back.",
        "Each new picture in the folder card will be described.",
        RED,
    ]


def test_a_picture_too_large_to_be_shown_is_described(scene: Scene, tmp_path: Path) -> None:
    Image.new("1", (9000, 8000), 1).save(tmp_path / "plan.png")
    scene.window.open_paths([str(tmp_path / "plan.png")])
    assert scene.wait_for_records(1) == ["Maybe: a white square."]
    assert scene.window.picture.text() == "This picture cannot be shown."


@pytest.mark.faults
def test_a_history_that_cannot_be_used_is_told_and_descriptions_go_on(open_window: Open, tmp_path: Path) -> None:
    data = user_paths().data
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_text("This is a file where a folder should be.", encoding="utf-8")
    scene = open_window((save_picture(tmp_path / "red.png"),))
    assert scene.wait_for_records(1) == [RED]
    wait_for(lambda: len(scene.said) == 2)
    told = "The history history.sqlite cannot be used: descriptions are not kept until it is moved away or mended."
    assert sorted(scene.said) == [RED, told]


@pytest.fixture
def hanging(open_window: Open, make_tiny_package: MakePackage, tmp_path: Path) -> Scene:
    """A window whose captioner hangs at the picture it has been given."""
    trap = save_picture(tmp_path / "trap.png", TRAP_GREY)
    scene = open_window(model=str(make_tiny_package(trap="hang")))
    scene.wait_until_idle()
    scene.window.open_paths([str(trap)])
    wait_for(lambda: scene.window.status.toPlainText() == "Describing trap.png.")
    return scene


@pytest.mark.faults
def test_escape_ends_what_is_being_described(hanging: Scene, tmp_path: Path) -> None:
    hanging.press(Qt.Key.Key_Escape)
    hanging.wait_until_idle()
    assert hanging.window.status.toPlainText() == "Stopped."
    hanging.window.open_paths([str(save_picture(tmp_path / "red.png"))])
    assert hanging.wait_for_records(1) == [RED]
    assert hanging.said == [RED]


@pytest.mark.faults
def test_the_window_closes_at_once_while_the_captioner_hangs(hanging: Scene) -> None:
    captioners = [pid for pid in children(os.getpid()) if "worker_main" in command_line(pid)]
    assert captioners
    started = time.monotonic()
    hanging.program.close()
    assert time.monotonic() - started < 2
    assert [pid for pid in captioners if is_running(pid)] == []


def test_escape_with_nothing_to_stop_changes_nothing(scene: Scene) -> None:
    scene.wait_until_idle()
    scene.press(Qt.Key.Key_Escape)
    assert scene.window.status.toPlainText() == "Ready."


@pytest.mark.faults
def test_a_missing_model_costs_a_sentence_and_not_the_window(
    open_window: Open, make_tiny_package: MakePackage, tmp_path: Path
) -> None:
    package = make_tiny_package()
    hidden = package.rename(tmp_path / "hidden")
    scene = open_window(model=str(package))
    wait_for(lambda: scene.said)
    sentence = scene.said[0]
    assert sentence.startswith(f"There is no model called {package}: descry models lists those there are")
    assert scene.window.status.toPlainText() == sentence
    hidden.rename(package)
    scene.window.open_paths([str(save_picture(tmp_path / "red.png"))])
    assert scene.wait_for_records(1) == [RED]
