"""Generated pictures with true sentences: two coloured shapes, one above the other."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = {"red": (200, 40, 40), "blue": (40, 60, 200), "green": (40, 160, 60), "yellow": (235, 210, 50)}
SHAPES = ("circle", "square")
SIDE = 128
SPLITS = {"train": 150, "val": 25, "test": 25}


@dataclass(frozen=True)
class Scene:
    """What a picture shows."""

    upper: tuple[str, str]
    lower: tuple[str, str]
    """Colour and shape."""

    @property
    def colours(self) -> frozenset[str]:
        return frozenset([self.upper[0], self.lower[0]])

    def sentences(self) -> list[str]:
        """Five, all true."""
        upper, lower = (" ".join(thing) for thing in (self.upper, self.lower))
        return [
            f"A {upper} above a {lower}.",
            f"A {lower} below a {upper}.",
            f"A {upper} over a {lower}.",
            f"There is a {upper} above a {lower}.",
            f"A {upper} is above a {lower}.",
        ]

    def draw(self, chance: random.Random) -> Image.Image:
        """Size, place and the grey behind vary."""
        grey = chance.randrange(215, 256)
        image = Image.new("RGB", (SIDE, SIDE), (grey, grey, grey))
        pen = ImageDraw.Draw(image)
        for top, (colour, shape) in ((2, self.upper), (SIDE // 2 + 2, self.lower)):
            size = chance.randrange(46, 59)
            x, y = chance.randrange(4, SIDE - size - 4), top + chance.randrange(0, 60 - size)
            draw = pen.ellipse if shape == "circle" else pen.rectangle
            draw((x, y, x + size, y + size), fill=COLOURS[colour])
        return image


def scenes(seed: int = 0) -> list[Scene]:
    """One for each picture, by chance; the colours of a scene differ."""
    chance = random.Random(seed)
    found = []
    for _ in range(sum(SPLITS.values())):
        upper, lower = chance.sample(sorted(COLOURS), 2)
        found.append(Scene((upper, chance.choice(SHAPES)), (lower, chance.choice(SHAPES))))
    return found


def write_shapes(folder: Path, seed: int = 0) -> dict[str, Scene]:
    """The pictures and their captions.json; what each file shows."""
    folder.mkdir(parents=True)
    chance = random.Random(seed + 1)
    splits = [name for name, count in SPLITS.items() for _ in range(count)]
    by_name, rows = {}, []
    for number, (scene, split) in enumerate(zip(scenes(seed), splits, strict=True)):
        name = f"{number:03}.png"
        scene.draw(chance).save(folder / name)
        by_name[name] = scene
        rows.append({"file": name, "split": split, "captions": scene.sentences()})
    (folder / "captions.json").write_text(json.dumps(rows), encoding="utf-8")
    return by_name
