"""Opening, pasting and dropping pictures, by keyboard wherever there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from desktop_app.gui.clipboard_reader import clipboard_content
from tests.fixtures.tiny_package import save_picture
from tests.gui.scene import Open, Scene, wait_for

CONTROL = Qt.KeyboardModifier.ControlModifier
RED, GREEN = "Maybe: a red square.", "Maybe: a green circle."


@pytest.fixture
def red(tmp_path: Path) -> Path:
    return save_picture(tmp_path / "red.png")


@pytest.fixture
def green(tmp_path: Path) -> Path:
    return save_picture(tmp_path / "green.png", "green", (64, 48))


def png(colour: str) -> QByteArray:
    """What another program puts on the clipboard."""
    image = QImage(16, 12, QImage.Format.Format_RGB32)
    image.fill(colour)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return data


def offer(**data: object) -> QMimeData:
    """Something to copy or to drop: `png`, `image`, `urls`, `text`."""
    mime = QMimeData()
    if "png" in data:
        mime.setData("image/png", png(str(data["png"])))
    if "image" in data:
        image = QImage(16, 12, QImage.Format.Format_RGB32)
        image.fill(str(data["image"]))
        mime.setImageData(image)
    if "urls" in data:
        mime.setUrls(data["urls"])  # type: ignore[arg-type]
    if "text" in data:
        mime.setText(str(data["text"]))
    return mime


def copy(**data: object) -> None:
    """As another program would."""
    QGuiApplication.clipboard().setMimeData(offer(**data))


def file_dialog(scene: Scene) -> QFileDialog:
    """The dialog that is open, when it has the keyboard."""
    wait_for(lambda: isinstance(QApplication.activeWindow(), QFileDialog))
    dialog = QApplication.activeWindow()
    assert isinstance(dialog, QFileDialog)
    return dialog


def test_before_the_first_picture_the_field_says_how_to_begin(scene: Scene) -> None:
    scene.wait_until_idle()
    assert scene.window.sentence.toPlainText() == (
        "Open a picture with Control O, paste one with Control V, or drop one here; its description then stands here."
    )
    assert scene.window.status.toPlainText() == "Ready."
    assert scene.window.picture.text() == "No picture yet"


def test_open_by_keyboard(scene: Scene, red: Path) -> None:
    scene.press(Qt.Key.Key_O, CONTROL)
    dialog = file_dialog(scene)
    assert dialog.windowTitle() == "Open pictures"
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, str(red))
    scene.press(Qt.Key.Key_Return)
    assert scene.wait_for_records(1) == [RED]
    assert scene.window.sentence.toPlainText() == RED
    assert scene.window.status.toPlainText() == "red.png, 32 by 24 pixels."
    assert not scene.window.picture.pixmap().isNull()
    assert scene.said == [RED]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_button_is_pressed_by_either_key(scene: Scene, key: Qt.Key) -> None:
    scene.press(key)
    assert file_dialog(scene).windowTitle() == "Open pictures"


def test_the_dialog_begins_where_the_last_one_ended(scene: Scene, red: Path, green: Path) -> None:
    scene.press(Qt.Key.Key_O, CONTROL)
    file_dialog(scene)
    QTest.keyClicks(QApplication.focusWidget(), str(red))
    scene.press(Qt.Key.Key_Return)
    scene.wait_for_records(1)
    scene.wait_for_keyboard()
    scene.press(Qt.Key.Key_O, CONTROL)
    assert Path(file_dialog(scene).directory().path()) == red.parent
    QTest.keyClicks(QApplication.focusWidget(), green.name)
    scene.press(Qt.Key.Key_Return)
    assert scene.wait_for_records(2) == [RED, GREEN]


def test_a_cancelled_dialog_changes_nothing(scene: Scene) -> None:
    scene.press(Qt.Key.Key_O, CONTROL)
    dialog = file_dialog(scene)
    scene.press(Qt.Key.Key_Escape)
    wait_for(lambda: not dialog.isVisible())
    scene.wait_until_idle()
    assert scene.records == []


def test_pictures_of_the_command_line_are_described_in_their_order(open_window: Open, red: Path, green: Path) -> None:
    scene = open_window((red, green, red))
    assert scene.wait_for_records(3) == [RED, GREEN, RED]


def test_paste_image_data(scene: Scene) -> None:
    copy(png="red")
    scene.press(Qt.Key.Key_V, CONTROL)
    assert scene.wait_for_records(1) == [RED]
    assert scene.window.status.toPlainText() == "The picture, 16 by 12 pixels."


def test_paste_pixels_without_a_file_format(scene: Scene) -> None:
    copy(image="green")
    scene.press(Qt.Key.Key_V, CONTROL)
    assert scene.wait_for_records(1) == [GREEN]


def test_paste_files(scene: Scene, red: Path, green: Path) -> None:
    copy(urls=[QUrl.fromLocalFile(str(red)), QUrl.fromLocalFile(str(green))])
    scene.press(Qt.Key.Key_V, CONTROL)
    assert scene.wait_for_records(2) == [RED, GREEN]


def test_paste_a_path(scene: Scene, green: Path) -> None:
    copy(text=str(green))
    scene.press(Qt.Key.Key_V, CONTROL)
    assert scene.wait_for_records(1) == [GREEN]


@pytest.mark.parametrize("field", ["sentence", "status"])
def test_paste_works_also_where_a_text_has_the_keyboard(scene: Scene, field: str) -> None:
    copy(png="red")
    widget = getattr(scene.window, field)
    widget.setFocus()
    scene.press(Qt.Key.Key_V, CONTROL)
    assert scene.wait_for_records(1) == [RED]


@pytest.mark.parametrize("data", [{}, {"text": "A dog on the beach."}])
def test_paste_what_is_no_picture(scene: Scene, data: dict[str, str]) -> None:
    copy(**data)
    scene.press(Qt.Key.Key_V, CONTROL)
    wait_for(lambda: scene.said)
    assert scene.said == ["There is no picture on the clipboard: copy one first."]
    assert scene.window.status.toPlainText() == scene.said[0]
    assert scene.records == []


def drop(scene: Scene, mime: QMimeData) -> bool:
    """Drag it into the window and let go; whether it was taken."""
    actions, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    modifiers = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), actions, mime, buttons, modifiers)
    QApplication.sendEvent(scene.window, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(50, 50), actions, mime, buttons, modifiers)
    QApplication.sendEvent(scene.window, event)
    return event.isAccepted()


def test_drop_files(scene: Scene, red: Path, green: Path) -> None:
    assert drop(scene, offer(urls=[QUrl.fromLocalFile(str(red)), QUrl.fromLocalFile(str(green))]))
    assert scene.wait_for_records(2) == [RED, GREEN]


def test_drop_a_picture_of_a_web_page(scene: Scene) -> None:
    assert drop(scene, offer(png="red", urls=[QUrl("https://example.org/red.png")]))
    assert scene.wait_for_records(1) == [RED]


def test_drop_what_is_no_picture(scene: Scene) -> None:
    assert drop(scene, offer(text="A dog on the beach."))
    wait_for(lambda: scene.said)
    assert scene.said == ["What was dropped here is no picture: drop a picture file or a picture."]


def test_what_can_hold_no_picture_is_not_taken(scene: Scene) -> None:
    assert not drop(scene, QMimeData())


def test_the_clipboard_is_given_as_bytes_and_not_decoded(qt: QApplication) -> None:
    copy(png="red")
    assert clipboard_content().picture == bytes(png("red").data())
