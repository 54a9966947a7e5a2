"""What every command of `export/` shares: the configuration argument, logging to standard error, speakable errors."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from desktop_app.errors import AppError
from export.config import ExportConfig, load_config

DEFAULT_CONFIG = Path(__file__).parent / "configs" / "descry-0.2.toml"


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help="TOML file (default: %(default)s)")


def configured(
    parser: argparse.ArgumentParser,
    arguments: list[str] | None,
    run: Callable[[ExportConfig, argparse.Namespace], None],
) -> int:
    """Parse, read the configuration, run; exit code 0, 1 for a speakable error, 130 when interrupted."""
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        run(load_config(options.config), options)
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
