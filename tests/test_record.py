"""The record: plain JSON, there and back, whatever a file is called."""

from __future__ import annotations

import json

import pytest

from desktop_app.record import BANDS, KINDS, Description
from tests.fixtures.records import failed_record, record

KEYS = [
    "path", "content", "width", "height", "kind", "caption", "confidence", "band", "spoken", "alternatives", "remarks",
    "edited", "model", "seconds", "error",
]  # fmt: skip


def test_the_keys_are_those_that_were_promised() -> None:
    table = json.loads(record().to_json())
    assert list(table) == KEYS
    assert list(table["model"]) == ["name", "version", "digest"]
    assert list(table["seconds"]) == ["read", "encode", "decode", "total"]
    assert list(table["alternatives"][0]) == ["caption", "score"]
    assert json.loads(failed_record().to_json())["error"] == {
        "code": "unreadable",
        "message": "1.jpg is empty: copy or download it again.",
    }


def test_the_names_of_kinds_and_bands() -> None:
    assert KINDS == ("photo", "drawing", "text", "screenshot", "chart", "blank", "unknown")
    assert BANDS == ("sure", "likely", "unsure", "declined")


@pytest.mark.parametrize("original", [record(), failed_record(), Description(path="")])
def test_there_and_back(original: Description) -> None:
    assert Description.from_dict(json.loads(original.to_json())) == original


@pytest.mark.parametrize("path", ["two\nlines.jpg", "日本.jpg", "caf\udce9.jpg", 'quote".jpg', "\u2028.jpg"])
def test_any_name_is_one_line_of_utf_8(path: str) -> None:
    line = record(path=path).to_json()
    assert line.count("\n") == 0
    assert json.loads(line.encode("utf-8"))["path"] == path
    assert Description.from_dict(json.loads(line)).path == path


def test_letters_are_written_as_they_are() -> None:
    assert '"path": "日本.jpg"' in record(path="日本.jpg").to_json()


def test_keys_of_a_later_program_are_passed_over() -> None:
    table = json.loads(record().to_json())
    for holder in (table, table["model"], table["seconds"], table["alternatives"][0]):
        holder["later"] = {"any": "thing"}
    assert Description.from_dict(table) == record()


def test_keys_that_an_earlier_program_did_not_know_have_their_usual_value() -> None:
    assert Description.from_dict({"path": "a.jpg", "spoken": "A dog."}) == Description(path="a.jpg", spoken="A dog.")
