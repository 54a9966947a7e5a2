"""Every sentence is one: it can be spoken as it stands, it ends with a full stop, and somebody says it."""

from __future__ import annotations

import ast
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app import messages
from desktop_app.record import Description
from tests.fixtures.records import record

PACKAGE = Path(messages.__file__).parents[1]

PARTS = {
    "one_of", "from_to", "duration", "counted", "progress", "signals", "TRUE_OR_FALSE", "A_TEXT",
    "MODEL_BUNDLED", "MODEL_OWN", "NOT_DESCRIBED",
}  # fmt: skip
"""What stands inside of sentences, in a table or on a progress line."""

LABELS = re.compile(
    r"_(NAME|TITLE|LABEL)$|^WINDOW_(OPEN|PASTE|SPEAK|STOP|COPY|QUIT|MENU_\w+|WATCH_\w+|NO_PICTURE|\w+ING)$"
)
"""Names of constants that stand on or beside controls."""
BARE_LABELS = {"WINDOW_DESCRIPTION", "WINDOW_STATUS", "WINDOW_PICTURES", "WINDOW_ALL_FILES"}

TELLS_WHEN = re.compile(r"\b(heard|told|shown|said)\b|^(What|How)\b", re.IGNORECASE)
SAMPLES: dict[object, list[object]] = {
    str: ["Beach.jpg"],
    int: [3],
    float: [2.5],
    bool: [True, False],
    object: [7],
    list[str]: [["one", "another"]],
    tuple[str, ...]: [("one", "another")],
    Description: [record()],
}
CHOICES: dict[str, list[object]] = {
    "band": ["sure", "likely", "unsure"],
    "reason": ["No space left on device"],
    "ending": [".csv"],
    "remedy": ["Connect a loudspeaker."],
    "problem": ["The setting rate takes a number."],
    "speech_changed.reason": ["No sound device can be opened."],
    "speech_lost.reason": ["No sound device can be opened."],
}
"""Values of parameters that not any text will do for."""

Sentence = tuple[str, str]


def is_own(value: object) -> bool:
    """Whether a function is one of the package's and not an import."""
    return inspect.isfunction(value) and value.__module__.startswith(f"{messages.__name__}.")


def constants() -> Iterator[Sentence]:
    """Name and text of each constant that is to be a sentence."""
    for name, value in vars(messages).items():
        is_label = name in PARTS | BARE_LABELS or LABELS.search(name) is not None
        if isinstance(value, str) and name.isupper() and not is_label:
            yield name, value


def made_by(function: Callable[..., str]) -> Iterator[str]:
    """What a function makes of sample values, trying each value of each parameter."""
    hints = typing.get_type_hints(function)
    values: dict[str, list[object]] = {}
    for name in inspect.signature(function).parameters:
        named = CHOICES.get(f"{function.__name__}.{name}") or CHOICES.get(name)
        values[name] = named or SAMPLES[hints[name]]
    usual = {name: choices[0] for name, choices in values.items()}
    yield function(**usual)
    for name, choices in values.items():
        yield from (function(**usual | {name: choice}) for choice in choices[1:])


def functions() -> Iterator[tuple[str, Callable[..., str]]]:
    for name, value in vars(messages).items():
        if is_own(value) and not name.startswith("_") and name not in PARTS:
            yield name, value


SENTENCES = [*constants(), *((name, text) for name, function in functions() for text in made_by(function))]


def test_there_are_sentences_to_look_at() -> None:
    assert len(SENTENCES) > 80


@pytest.mark.parametrize(("name", "text"), SENTENCES, ids=[name for name, _ in SENTENCES])
def test_it_can_be_spoken_as_it_stands(name: str, text: str) -> None:
    assert text.endswith("."), "a voice and a braille line need the full stop"
    assert text == " ".join(text.split()), "one line, single spaces"
    assert not re.search(r"\.\.|[:;,]\.|\(\)|None|[`*#<>{}\[\]|]", text), "no markup, no holes"
    assert len(text) <= 220, "nobody remembers the beginning of a longer one"
    begins = [sentence[0] for sentence in re.split(r"\. ", text)]
    assert all(letter.isupper() or letter.isdigit() for letter in begins), "each sentence begins large"


@pytest.mark.parametrize("name", [name for name, _ in functions()])
def test_it_is_told_when_it_is_heard(name: str) -> None:
    assert TELLS_WHEN.search(getattr(messages, name).__doc__ or ""), "say when it is heard or shown"


def test_parts_are_no_sentences() -> None:
    assert messages.one_of(("a", "b")) == "one of a, b"
    assert messages.from_to(1, 9) == "a number from 1 to 9"
    assert [messages.duration(s) for s in (1.4, 61, 7325)] == ["1 second", "1 minute 1 second", "2 hours 2 minutes"]
    assert [messages.counted(n, "voice") for n in range(3)] == ["0 voices", "1 voice", "2 voices"]


@pytest.mark.parametrize(
    ("band", "expected"),
    [("sure", "A dog runs."), ("likely", "Likely: a dog runs."), ("unsure", "Maybe: a dog runs.")],
)
def test_a_caption_is_said_with_its_doubt_first(band: str, expected: str) -> None:
    assert messages.described("a dog runs", band) == expected


def test_every_sentence_is_said_somewhere() -> None:
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if path.parent.name == "messages":
            used |= {
                node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            }
    names = {
        name for name, value in vars(messages).items() if is_own(value) or (isinstance(value, str) and name.isupper())
    }
    assert {name for name in names if not name.startswith("_")} - used == set()
