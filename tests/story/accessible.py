"""What a program offers on the accessibility bus, read by D-Bus calls: names, roles, texts, announcements."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from tests.helpers.waiting import wait_until

_ATSPI = "org.a11y.atspi"
_REGISTRY = "org.a11y.atspi.Registry"
_SECONDS = 5.0


@dataclass(frozen=True)
class Node:
    """One accessible object: the bus name of its program, and its path there."""

    program: str
    path: str


class AccessibilityBus:
    """A connection. A context manager."""

    def __init__(self, session_bus: str) -> None:
        self._session = open_dbus_connection(session_bus)
        launcher = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        answer = self._session.send_and_get_reply(new_method_call(launcher, "GetAddress"), timeout=_SECONDS)
        self._connection = open_dbus_connection(answer.body[0])

    def __enter__(self) -> AccessibilityBus:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._session.close()

    def find(self, application: str, role: str, name: str) -> Node:
        """Block until the program shows such an object."""
        found: list[Node] = []

        def look() -> bool:
            found[:] = [n for n in self._all_of(application) if (self.role(n), self.name(n)) == (role, name)]
            return bool(found)

        wait_until(look, 15.0)
        return found[0]

    def name(self, node: Node) -> str:
        return str(self._property(node, f"{_ATSPI}.Accessible", "Name"))

    def role(self, node: Node) -> str:
        return str(self._call(node, f"{_ATSPI}.Accessible", "GetRoleName"))

    def text(self, node: Node) -> str:
        """All that stands in a text field."""
        return str(self._call(node, f"{_ATSPI}.Text", "GetText", "ii", (0, -1)))

    def wait_for_text(self, node: Node, text: str) -> None:
        """Block until exactly this stands in a text field."""
        wait_until(lambda: self.text(node) == text, 15.0)

    def listen_as_reader(self) -> None:
        """Register for what a screen reader does that hears announcements (Orca from 45 on)."""
        properties = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.freedesktop.DBus.Properties")
        switch = new_method_call(properties, "Set", "ssv", ("org.a11y.Status", "IsEnabled", ("b", True)))
        self._session.send_and_get_reply(switch, timeout=_SECONDS)
        registry = Node(_REGISTRY, "/org/a11y/atspi/registry")
        for event in ("object:state-changed:focused", "object:announcement"):
            self._call(registry, _REGISTRY, "RegisterEvent", "sass", (event, [], ""))
        self._connection.send_and_get_reply(
            message_bus.AddMatch(MatchRule(type="signal", interface=f"{_ATSPI}.Event.Object", member="Announcement")),
            timeout=_SECONDS,
        )

    def announcements(self, count: int, seconds: float = 10.0) -> list[str]:
        """Block until so many have come."""
        rule = MatchRule(type="signal", interface=f"{_ATSPI}.Event.Object", member="Announcement")
        texts: list[str] = []
        deadline = time.monotonic() + seconds
        with self._connection.filter(rule, bufsize=50) as queue:
            while len(texts) < count:
                message = self._connection.recv_until_filtered(queue, timeout=max(0.0, deadline - time.monotonic()))
                texts.append(message.body[3][1])
        return texts

    def _all_of(self, application: str) -> Iterator[Node]:
        try:
            for program in self._children(Node(_REGISTRY, "/org/a11y/atspi/accessible/root")):
                if self.name(program) == application:
                    yield from self._below(program)
        except ValueError:  # it is just coming or going
            return

    def _below(self, node: Node) -> Iterator[Node]:
        yield node
        for child in self._children(node):
            yield from self._below(child)

    def _children(self, node: Node) -> list[Node]:
        return [Node(*reference) for reference in self._call(node, f"{_ATSPI}.Accessible", "GetChildren")]

    def _property(self, node: Node, interface: str, name: str) -> Any:
        return self._call(node, "org.freedesktop.DBus.Properties", "Get", "ss", (interface, name))[1]

    def _call(
        self, node: Node, interface: str, method: str, signature: str | None = None, body: tuple[Any, ...] = ()
    ) -> Any:
        """The first value of the answer. Raises `ValueError` when it is an error."""
        call = new_method_call(DBusAddress(node.path, node.program, interface), method, signature, body)
        answer = self._connection.send_and_get_reply(call, timeout=_SECONDS)
        if answer.header.message_type is MessageType.error:
            raise ValueError(f"{method}: {answer.body}")
        return answer.body[0] if answer.body else None
