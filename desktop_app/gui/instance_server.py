"""InstanceServer: the running window's ear for later starts of the program."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping

from PySide6.QtCore import QLockFile, QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop_app.gui.single_instance import server_name

_LONGEST_REQUEST = 4 * 1024 * 1024
"""Bytes; some ten thousand paths."""


class InstanceServer(QObject):
    """Holds the lock of the one window and takes the requests of others."""

    def __init__(self, on_request: Callable[[Mapping[str, object]], bool]) -> None:
        """`on_request` says whether it takes the request."""
        super().__init__()
        self._on_request = on_request
        name = server_name()
        self._lock = QLockFile(f"{name}.lock" if os.path.isabs(name) else os.path.join(_temporary(), f"{name}.lock"))
        self._lock.setStaleLockTime(0)  # only the end of its process makes it stale, however old it is
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def start(self) -> bool:
        """False when another window holds the place. The socket of a crashed one is replaced."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(server_name())
        return self._server.listen(server_name())

    def close(self) -> None:
        self._server.close()
        self._lock.unlock()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda s=socket: self._on_ready(s))
            self._on_ready(socket)

    def _on_ready(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST_REQUEST:
                socket.abort()
            return
        is_taken = self._take(bytes(socket.readLine().data()))
        socket.write(json.dumps({"taken": is_taken}).encode("ascii") + b"\n")
        socket.flush()
        socket.disconnectFromServer()

    def _take(self, line: bytes) -> bool:
        try:
            request = json.loads(line)
        except ValueError:
            return False
        return isinstance(request, dict) and self._on_request(request)


def _temporary() -> str:
    import tempfile

    return tempfile.gettempdir()
