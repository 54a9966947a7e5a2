"""The captioner for other programs: sentences in one call, errors as errors, nothing heavy imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from desktop_app import ImageCaptionGenerator, run_batch
from desktop_app.batch import BatchJob
from desktop_app.errors import CaptioningFailed, ModelPackageError, SettingsError, UnreadableImage
from desktop_app.sources.image import ORIENTATION
from tests.fixtures.tiny_package import TRAP_GREY, MakePackage, picture, save_picture

PROGRAM = Path(__file__).resolve().parents[1]


@pytest.fixture
def generator(tiny_package: Path) -> ImageCaptionGenerator:
    return ImageCaptionGenerator.load_model(tiny_package, provider="cpu")


def test_a_file_by_path_or_name_or_bytes_or_image(generator: ImageCaptionGenerator, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", "blue")
    given = [path, str(path), path.read_bytes(), Image.open(path), picture("blue")]
    assert [generator.generate_caption(one) for one in given] == ["a blue square"] * 5
    assert [generator.describe(one).path for one in given] == [str(path), str(path), "", "", ""]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16", "LAB"])
def test_an_image_of_any_mode(generator: ImageCaptionGenerator, mode: str) -> None:
    if mode in ("I;16", "LAB"):
        image = Image.new(mode, (8, 8), 0xFFFF if mode == "I;16" else (255, 128, 128))
    else:
        image = picture("white").convert(mode)
        image = image.point(lambda value: value * 257) if mode == "I" else image
        image = image.point(lambda value: value / 255 + 0.0) if mode == "F" else image
    assert generator.generate_caption(image) == "a white square"


def test_transparent_parts_of_an_image_are_white(generator: ImageCaptionGenerator) -> None:
    assert generator.generate_caption(Image.new("RGBA", (8, 8), (255, 0, 0, 0))) == "a white square"


def test_an_image_that_was_taken_on_its_side_is_turned(generator: ImageCaptionGenerator, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (40, 20), "red").save(tmp_path / "a.jpg", exif=exif)
    for one in (tmp_path / "a.jpg", Image.open(tmp_path / "a.jpg")):
        record = generator.describe(one)
        assert (record.width, record.height) == (20, 40)


def test_an_error_is_raised_and_never_a_caption(generator: ImageCaptionGenerator, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage) as caught:
        generator.generate_caption(tmp_path / "gone.jpg")
    assert caught.value.message == "There is no file gone.jpg: check the name."
    record = generator.describe(tmp_path / "gone.jpg")
    assert record.error is not None
    assert (record.caption, record.error.message) == (None, caught.value.message)


def test_an_image_whose_file_is_damaged(generator: ImageCaptionGenerator, tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", "red", (300, 300))
    path.write_bytes(path.read_bytes()[:-200])
    image = Image.open(path)
    with pytest.raises(UnreadableImage) as caught:
        generator.generate_caption(image)
    image.close()
    assert caught.value.message == "The picture is damaged or incomplete: copy or download it again."


def test_a_picture_that_the_model_fails_on(make_tiny_package: MakePackage) -> None:
    generator = ImageCaptionGenerator.load_model(make_tiny_package(trap="fail"))
    with pytest.raises(CaptioningFailed):
        generator.generate_caption(picture(TRAP_GREY))
    assert generator.generate_caption(picture("red")) == "a red square"


def test_a_model_that_is_not_there() -> None:
    with pytest.raises(ModelPackageError) as caught:
        ImageCaptionGenerator.load_model("nowhere")
    assert caught.value.message.startswith("There is no model called nowhere: ")


def test_a_provider_that_is_not_known(tiny_package: Path) -> None:
    with pytest.raises(SettingsError):
        ImageCaptionGenerator.load_model(tiny_package, provider="abacus")


def test_a_folder_in_one_loop(generator: ImageCaptionGenerator, tmp_path: Path) -> None:
    save_picture(tmp_path / "b.png", "blue")
    save_picture(tmp_path / "a.png", "red")
    assert [result.record.caption for result in run_batch(BatchJob(tmp_path), generator)] == [
        "a red square",
        "a blue square",
    ]


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import desktop_app", {"PIL", "numpy", "onnxruntime"}),
        ("from desktop_app import ImageCaptionGenerator, run_batch", {"onnxruntime"}),
    ],
)
def test_importing_it_loads_neither_qt_nor_torch(statement: str, absent: set[str]) -> None:
    heavy = sorted({"PySide6", "torch", *absent})
    script = f"import sys; {statement}; print([m for m in {heavy!r} if m in sys.modules])"
    child = subprocess.run([sys.executable, "-c", script], cwd=PROGRAM, capture_output=True, text=True, check=True)
    assert child.stdout == "[]\n"


def test_a_name_that_does_not_exist() -> None:
    import desktop_app

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        desktop_app.nothing  # noqa: B018 - the access is the test
