"""What goes through the pipes arrives as it was sent, and half of something is the end."""

from __future__ import annotations

import io

import pytest

from desktop_app import pipes
from desktop_app.speech import frames


def test_frames_come_out_as_they_went_in() -> None:
    pipe = io.BytesIO()
    sent = [(frames.READY, b"{}"), (frames.AUDIO, bytes(range(256))), (frames.END, b"")]
    for kind, payload in sent:
        pipes.write_frame(pipe, kind, payload)
    pipe.seek(0)
    assert [pipes.read_frame(pipe) for _ in sent] == sent
    assert pipes.read_frame(pipe) is None


@pytest.mark.parametrize("length", range(9))
def test_half_a_frame_is_the_end(length: int) -> None:
    pipe = io.BytesIO()
    pipes.write_frame(pipe, frames.AUDIO, b"1234")
    assert pipes.read_frame(io.BytesIO(pipe.getvalue()[:length])) is None


@pytest.mark.parametrize("text", ['two lines\nand "quotes"', "Grüße, 世界", "half a pair: \ud83d", ""])
def test_any_text_is_one_line(text: str) -> None:
    pipe = io.BytesIO()
    pipes.write_request(pipe, {"do": "speak", "text": text})
    assert pipe.getvalue().count(b"\n") == 1
    pipe.seek(0)
    assert pipes.read_request(pipe) == {"do": "speak", "text": text}
    assert pipes.read_request(pipe) is None


def test_half_a_request_is_the_end() -> None:
    assert pipes.read_request(io.BytesIO(b'{"do": "speak", "te')) is None
