"""Every control can be reached by keyboard, has a name, and shows that it has the focus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction, QColor, QKeySequence, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QMenu, QPushButton, QWidget

from tests.fixtures.tiny_package import save_picture
from tests.gui.scene import Scene

ROUND = [
    "Open picture",
    "Paste picture",
    "Description",
    "Speak",
    "Stop",
    "Copy description",
    "Watch a folder",
    "Watch the clipboard",
    "Status",
]
"""All that Tab goes to, in order."""


def name(widget: QWidget) -> str:
    """What a screen reader calls it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    return interface.text(QAccessible.Text.Name)


def role(widget: QWidget) -> QAccessible.Role:
    """What a screen reader takes it for."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    return interface.role()


def focusable(window: QWidget) -> Iterator[QWidget]:
    """What Tab could go to."""
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget


def test_every_control_has_a_name_and_a_place_in_the_round(scene: Scene) -> None:
    assert sorted(name(widget) for widget in focusable(scene.window)) == sorted(ROUND)


def test_tab_goes_round(scene: Scene) -> None:
    visited = []
    for _ in ROUND:
        focus = QApplication.focusWidget()
        assert focus is not None
        visited.append(name(focus))
        scene.press(Qt.Key.Key_Tab)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert [*visited, name(focus)] == [*ROUND, ROUND[0]]


def test_shift_tab_goes_back(scene: Scene) -> None:
    visited = []
    for _ in ROUND:
        scene.press(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        focus = QApplication.focusWidget()
        assert focus is not None
        visited.append(name(focus))
    assert visited == ROUND[::-1]


def test_roles(scene: Scene) -> None:
    window, roles = scene.window, QAccessible.Role
    buttons = {role(widget) for widget in window.findChildren(QPushButton) if widget.isVisible()}
    assert buttons == {roles.Button}
    assert {role(widget) for widget in window.findChildren(QCheckBox)} == {roles.CheckBox}
    assert role(window.sentence) == role(window.status) == roles.EditableText
    interface = QAccessible.queryAccessibleInterface(window.sentence)
    assert interface is not None
    assert interface.state().readOnly  # type: ignore[attr-defined]


def test_the_picture_is_an_image_whose_name_is_the_description(scene: Scene, tmp_path: Path) -> None:
    scene.window.open_paths([str(save_picture(tmp_path / "red.png"))])
    scene.wait_for_records(1)
    assert role(scene.window.picture) == QAccessible.Role.Graphic
    assert name(scene.window.picture) == "Maybe: a red square."


def keys_in(labels: list[str]) -> Counter[str]:
    """How often each letter is the key of a label."""
    return Counter(match[1].lower() for label in labels if (match := re.search("&([^&])", label)))


def test_no_two_labels_have_the_same_key(scene: Scene) -> None:
    window = scene.window
    menus = [action.menu() for action in window.menuBar().actions()]
    kinds = (QPushButton, QCheckBox, QLabel)
    labels = [widget.text() for kind in kinds for widget in window.findChildren(kind) if widget.isVisible()]
    in_window = keys_in([*labels, *(menu.title() for menu in menus if isinstance(menu, QMenu))])
    assert len(in_window) == 11
    assert set(in_window.values()) == {1}
    for menu in menus:
        assert isinstance(menu, QMenu)
        in_menu = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert keys_in(in_menu) == Counter(dict.fromkeys(keys_in(in_menu), 1))
        assert len(keys_in(in_menu)) == len(in_menu)


def test_every_action_has_a_key_of_its_own_that_is_no_bare_letter(scene: Scene) -> None:
    actions = [action for action in scene.window.findChildren(QAction) if action.text() and not action.menu()]
    keys = [action.shortcut() for action in actions]
    assert len(actions) == 8
    assert len({key.toString() for key in keys}) == 8
    bare = [key.toString() for key in keys if key[0].keyboardModifiers() == Qt.KeyboardModifier.NoModifier]
    assert bare == [QKeySequence(Qt.Key.Key_Escape).toString()]


def test_every_action_stands_in_a_menu(scene: Scene) -> None:
    window = scene.window
    in_menus = {a.text() for bar in window.menuBar().actions() for a in bar.menu().actions() if a.text()}  # type: ignore[attr-defined]
    assert in_menus == {action.text() for action in window.actions()}


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.2: from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_focus_and_text_stand_out(scene: Scene) -> None:
    palette, roles = QApplication.palette(), QPalette.ColorRole
    for ground in (roles.Window, roles.Base, roles.Button):
        assert contrast(palette.color(roles.Highlight), palette.color(ground)) >= 3
    for text, ground in (
        (roles.WindowText, roles.Window),
        (roles.Text, roles.Base),
        (roles.ButtonText, roles.Button),
    ):
        assert contrast(palette.color(text), palette.color(ground)) >= 7
    assert contrast(palette.color(roles.HighlightedText), palette.color(roles.Highlight)) >= 4.5


def test_focus_can_be_seen(scene: Scene) -> None:
    """Each control looks otherwise with the focus than without: by a ring of at least three pixels."""
    highlight = QApplication.palette().color(QPalette.ColorRole.Highlight).rgb()
    for widget in focusable(scene.window):
        widget.setFocus()
        image = widget.grab().toImage()
        middle = image.height() // 2
        row = [image.pixel(x, middle) for x in range(12)]
        assert row.count(highlight) >= 3, name(widget)
        scene.window.setFocus()
        assert highlight not in [widget.grab().toImage().pixel(x, middle) for x in range(12)], name(widget)
