"""MainWindow: the picture, its description, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, QStandardPaths
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from desktop_app import messages
from desktop_app.background import Lane
from desktop_app.errors import AppError
from desktop_app.gui import controls
from desktop_app.gui.announcer import ReaderRoute
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.clipboard_reader import clipboard_content, content_of, own_copy
from desktop_app.gui.folder_watch import FolderWatch
from desktop_app.gui.picture_view import PictureView
from desktop_app.gui.reading_field import ReadingField
from desktop_app.gui.session import Session
from desktop_app.record import Description
from desktop_app.sources.clipboard import ClipboardContent, ClipboardWatcher, picture_sources
from desktop_app.sources.image import ImageSource, extensions, speakable

_SIZE = QSize(760, 640)


class MainWindow(QMainWindow):
    """Asks the session for work and shows what the bridge brings."""

    def __init__(self, session: Session, bridge: Bridge) -> None:
        super().__init__()
        self._session = session
        self._bridge = bridge
        self.folder_watch = FolderWatch(self, session)
        self._copied = ClipboardContent()
        self._clipboard_watcher = self._new_clipboard_watcher()
        self._dialog: QFileDialog | None = None
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        self._last_folder = pictures if Path(pictures).is_dir() else str(Path.home())
        self.controls = controls.Controls.create(self)
        self.picture = PictureView()
        self.sentence = ReadingField(messages.WINDOW_DESCRIPTION, messages.WINDOW_HINT, lines=3, magnification=1.5)
        self.status = ReadingField(messages.WINDOW_STATUS, messages.WINDOW_OPENING_MODEL, lines=2)
        self.reader_route = ReaderRoute(self, session.say_aloud)
        self.setWindowTitle(messages.WINDOW_TITLE)
        self.setAcceptDrops(True)
        self._build()
        self._connect()
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))  # with large type it may be more than there is

    # What others may ask for

    def open_paths(self, paths: Sequence[str]) -> None:
        """Describe these files, because a person asked for it."""
        self._session.describe([ImageSource.from_path(path) for path in paths], Lane.ASKED)

    def paste(self) -> None:
        """Describe what is on the clipboard."""
        self._describe_content(clipboard_content(), messages.CLIPBOARD_WITHOUT_PICTURE)

    def take_request(self, request: Mapping[str, object]) -> bool:
        """What a second start of the program asks for; False when it is not understood."""
        paths = request.get("paths", [])
        if request.get("command") == "clipboard":
            self.paste()
        elif request.get("command") == "open" and isinstance(paths, list) and all(isinstance(p, str) for p in paths):
            self.setWindowState(self.windowState() & ~self.windowState().WindowMinimized)
            self.show()
            self.raise_()
            self.activateWindow()
            self.open_paths(paths)
        else:
            return False
        return True

    def tell(self, sentence: str) -> None:
        """Show it in the status field and have it said."""
        self.status.show_text(sentence)
        self._session.say_result(sentence)

    # Set-up

    def _build(self) -> None:
        actions = self.controls
        actions.fill_menus(self.menuBar())
        label = QLabel(messages.WINDOW_DESCRIPTION_LABEL)
        label.setBuddy(self.sentence)
        self._buttons = {
            name: controls.button(getattr(actions, name)) for name in ("open", "paste", "speak", "stop", "copy")
        }
        self._switches = [controls.switch(actions.watch_folder), controls.switch(actions.watch_clipboard)]
        layout = QVBoxLayout()
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(10)
        layout.addLayout(_row(self._buttons["open"], self._buttons["paste"]))
        layout.addWidget(self.picture, 1)
        layout.addWidget(label)
        layout.addWidget(self.sentence)
        layout.addLayout(_row(*(self._buttons[name] for name in ("speak", "stop", "copy"))))
        layout.addLayout(_row(*self._switches))
        central = QWidget()
        central.setLayout(layout)
        self.setCentralWidget(central)
        self._build_status()
        self._buttons["open"].setFocus()

    def _build_status(self) -> None:
        self.status.setObjectName("status")
        self.speaking = QLabel()
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self.status, 1)
        self.statusBar().addPermanentWidget(self.speaking)

    def _connect(self) -> None:
        actions, bridge = self.controls, self._bridge
        slots: dict[str, Callable[..., object]] = {
            "open": self._choose_pictures,
            "paste": self.paste,
            "speak": lambda: self._session.say(self.sentence.toPlainText()),
            "stop": self._stop,
            "copy": self._copy,
            "watch_folder": self._on_watch_folder_toggled,
            "watch_clipboard": self._on_watch_clipboard_toggled,
            "quit": self.close,
        }
        for name, slot in slots.items():
            controls.connect(getattr(actions, name), slot)
        bridge.captioned.connect(self._on_captioned)
        bridge.pictured.connect(self.picture.show_picture)
        bridge.failed.connect(self.status.show_text)
        bridge.progressed.connect(self._on_progressed)
        bridge.speaking.connect(lambda text: self.speaking.setText(messages.WINDOW_SPEAKING if text else ""))
        bridge.presented.connect(self.reader_route.present)

    # What the bridge brings

    def _on_captioned(self, record: Description) -> None:
        self.sentence.show_text(record.spoken)
        self.picture.setAccessibleName(record.spoken)
        name = speakable(Path(record.path).name) or messages.UNNAMED_PICTURE_NAME
        if record.error is None and record.width and record.height:
            self.status.show_text(messages.window_described(name, record.width, record.height))
        else:
            self.status.show_text(record.spoken)

    def _on_progressed(self, sentence: str) -> None:
        # That all is well is of less interest than what was told meanwhile, such as a mistake in the settings
        if sentence != messages.WINDOW_READY or self.status.toPlainText() == messages.WINDOW_OPENING_MODEL:
            self.status.show_text(sentence)

    # What the controls do

    def _choose_pictures(self) -> None:
        dialog = self._new_dialog(messages.WINDOW_OPEN_TITLE)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        endings = " ".join(f"*{ending}" for ending in sorted(extensions()))
        # The long list of endings would be read out
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
        dialog.setNameFilters([f"{messages.WINDOW_PICTURES} ({endings})", f"{messages.WINDOW_ALL_FILES} (*)"])
        dialog.filesSelected.connect(self.open_paths)
        dialog.open()

    def _new_dialog(self, title: str) -> QFileDialog:
        """One at a time; it does not block the rest of the program."""
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = QFileDialog(self, title, self._last_folder)
        for field in self._dialog.findChildren(QLineEdit):
            # Qt's own dialog: with each letter the list of proposals takes the focus for a moment, and readers say so
            field.setCompleter(None)  # type: ignore[arg-type]  # the stubs do not know that there may be none
        self._dialog.filesSelected.connect(lambda paths: self._remember_folder(Path(paths[0]).parent))
        self._dialog.finished.connect(self._dialog.deleteLater)
        self._dialog.destroyed.connect(self._forget_dialog)
        return self._dialog

    def _remember_folder(self, folder: Path) -> None:
        self._last_folder = str(folder)

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _stop(self) -> None:
        if self._session.stop():
            self.status.show_text(messages.WINDOW_STOPPED)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setMimeData(own_copy(self.sentence.toPlainText()))
        self.status.show_text(messages.WINDOW_COPIED)

    def _on_watch_folder_toggled(self, is_on: bool) -> None:
        if not is_on:
            self.folder_watch.stop()
            self.status.show_text(messages.WINDOW_NOT_WATCHING_FOLDER)
            return
        dialog = self._new_dialog(messages.WINDOW_FOLDER_TITLE)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.watch_folder)
        dialog.rejected.connect(lambda: self.controls.watch_folder.setChecked(False))
        dialog.open()

    def watch_folder(self, folder: str) -> None:
        """Describe what is new in this folder from now on."""
        self.folder_watch.start(Path(folder))
        self.status.show_text(messages.window_watching_folder(speakable(Path(folder).name or folder)))

    def _on_watch_clipboard_toggled(self, is_on: bool) -> None:
        changed = QGuiApplication.clipboard().dataChanged
        if not is_on:
            changed.disconnect(self._on_clipboard_changed)
            self.status.show_text(messages.WINDOW_NOT_WATCHING_CLIPBOARD)
            return
        self._clipboard_watcher = self._new_clipboard_watcher()
        changed.connect(self._on_clipboard_changed)
        self.status.show_text(messages.WINDOW_WATCHING_CLIPBOARD)

    def _new_clipboard_watcher(self) -> ClipboardWatcher:
        return ClipboardWatcher(lambda: self._copied)

    def _on_clipboard_changed(self) -> None:
        # Qt's clipboard belongs to this thread; hashing what may be many megabytes does not
        self._copied = clipboard_content()
        self._session.describe_found(self._clipboard_watcher.poll, Lane.ARRIVED)

    def _describe_content(self, content: ClipboardContent, if_none: str) -> None:
        try:
            sources = picture_sources(content)
        except AppError as error:
            self.tell(error.message)
            return
        if sources:
            self._session.describe(sources, Lane.ASKED)
        else:
            self.tell(if_none)

    # Qt's events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _may_hold_picture(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._describe_content(content_of(event.mimeData()), messages.WINDOW_DROPPED_NOTHING)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.folder_watch.close()
        super().closeEvent(event)


def _may_hold_picture(mime: QMimeData) -> bool:
    return mime.hasUrls() or mime.hasImage() or mime.hasText()


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
