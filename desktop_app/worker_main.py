"""The child of `worker_describer`: opens one model package and describes pictures until its standard input ends."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO

from desktop_app.captioning.captioner import Captioner
from desktop_app.describer import LocalDescriber
from desktop_app.errors import AppError
from desktop_app.pipes import read_frame, read_request, serve_standard_streams, write_frame
from desktop_app.sources.image import ImageSource
from desktop_app.worker_describer import INFO, MODEL_ERROR, RECORD


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the parent closes its end."""
    first = read_request(requests)
    if first is None:
        return
    try:
        captioner = Captioner.load(Path(str(first["package"])), str(first["provider"]), int(str(first["threads"])))
    except AppError as error:
        write_frame(answers, MODEL_ERROR, json.dumps({"message": error.message}).encode())
        return
    describer = LocalDescriber(lambda: captioner)
    info = describer.info()
    table = {"model": asdict(info.model), "provider": info.provider, "problems": info.problems}
    write_frame(answers, INFO, json.dumps(table).encode())
    while (request := read_request(requests)) is not None:
        frame = read_frame(requests)
        if frame is None:
            return
        source = ImageSource(str(request["origin"]), str(request["name"]), frame[1])
        write_frame(answers, RECORD, describer.describe(source).to_json().encode())


def main() -> int:
    serve_standard_streams(serve)
    return 0


if __name__ == "__main__":
    sys.exit(main())
