"""`python -m desktop_app.generate_caption --image_path PICTURE`, as the classic caption generators are called."""

from __future__ import annotations

import argparse
import sys

from desktop_app.errors import AppError
from desktop_app.generator import ImageCaptionGenerator


def main(argv: list[str] | None = None) -> int:
    """Print the sentence; 1 with one sentence on standard error when there is none."""
    parser = argparse.ArgumentParser(prog="python -m desktop_app.generate_caption", description=__doc__)
    parser.add_argument("--image_path", required=True, help="picture file")
    parser.add_argument("--model_path", default="", help="folder of a model package")
    arguments = parser.parse_args(argv)
    try:
        sys.stdout.write(ImageCaptionGenerator.load_model(arguments.model_path).generate_caption(arguments.image_path))
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
