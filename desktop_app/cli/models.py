"""`descry models`: model packages."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from desktop_app import assembly, messages, model_store
from desktop_app.captioning.model_package import CARD, ModelPackage
from desktop_app.cli.arguments import Invocation
from desktop_app.cli.output import json_line, remark, result
from desktop_app.sources.image import ImageSource


def add_arguments(_: str, parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|show|install|remove|compare")
    actions.add_parser("list", help="the packages there are (the default)")
    show = actions.add_parser("show", help="the card of a package; every file is verified")
    show.add_argument("name", nargs="?", default="", metavar="NAME")
    install = actions.add_parser("install", help="verify a package and copy it to your own")
    install.add_argument("folder", type=Path, metavar="FOLDER")
    remove = actions.add_parser("remove", help="delete one of your own packages")
    remove.add_argument("name", metavar="NAME")
    compare = actions.add_parser("compare", help="the sentences of several packages for the same pictures")
    compare.add_argument("names", metavar="NAME,NAME", help="packages, separated by commas")
    compare.add_argument("paths", nargs="+", metavar="PATH")


def run(call: Invocation) -> int:
    actions = {"show": _show, "install": _install, "remove": _remove, "compare": _compare}
    return actions.get(call.arguments.action, _list)(call)


def _list(call: Invocation) -> int:
    for folder in assembly.installed_packages(call.context.paths):
        report = model_store.report(folder, call.context.paths)
        if call.is_json:
            size = sum(f.size for f in report.manifest.files.values()) if report.manifest else None
            json_line({"name": folder.name, "folder": str(folder), "bundled": report.is_bundled, "size": size,
                       "problem": report.problem or None})  # fmt: skip
        else:
            place = messages.MODEL_BUNDLED if report.is_bundled else messages.MODEL_OWN
            result(f"{folder.name}: {report.problem or place}")
    return 0


def _show(call: Invocation) -> int:
    folder = assembly.find_package(call.arguments.name or call.context.settings.model, call.context.paths)
    package = ModelPackage.load(folder)
    if call.is_json:
        json_line({**asdict(package.manifest), "digest": package.digest, "folder": str(folder)})
        return 0
    remark(messages.model_verified(folder.name, package.size / 1e6))
    result((folder / CARD).read_text(encoding="utf-8"))
    return 0


def _install(call: Invocation) -> int:
    target = model_store.install(call.arguments.folder, call.context.paths)
    remark(messages.model_installed(target.name))
    return 0


def _remove(call: Invocation) -> int:
    model_store.remove(call.arguments.name, call.context.paths)
    remark(messages.model_removed(call.arguments.name))
    return 0


def _compare(call: Invocation) -> int:
    """One line a picture and package, pictures outermost, so that the sentences stand together."""
    describers = {}
    for name in call.arguments.names.split(","):
        settings = replace(call.context.settings, model=name)
        describers[name] = assembly.build_local_describer(replace(call.context, settings=settings))
        describers[name].captioner()
    exit_code = 0
    for path in call.arguments.paths:
        for name, describer in describers.items():
            record = describer.describe(ImageSource.from_path(path))
            exit_code = max(exit_code, 0 if record.error is None else 1)
            if call.is_json:
                json_line(record.to_dict())
            else:
                result(f"{path}, {name}: {record.spoken}")
    return exit_code
