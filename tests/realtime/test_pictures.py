"""Images come out in the size, order and memory layout that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.errors import ClipError, RecordingError
from realtime.pictures import bgr_to_rgb, blank, fit, load_image, save_png, thumbnail


def random_image(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(224, 112), (1, 1), (640, 480), (30, 1000)])
def test_fit_gives_the_size_asked_for(size: tuple[int, int]) -> None:
    fitted = fit(random_image(77, 133), *size)
    assert fitted.shape == (size[1], size[0], 3)
    assert fitted.dtype == np.uint8
    assert fitted.flags.c_contiguous


def test_shrinking_averages() -> None:
    stripes = np.zeros((8, 8, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.all(fit(stripes, 4, 4) == 100)


def test_the_same_size_is_left_alone() -> None:
    image = random_image(112, 224)
    assert np.array_equal(fit(image, 224, 112), image)


def test_a_mirrored_view_becomes_contiguous() -> None:
    image = random_image(112, 224)[:, ::-1]
    assert fit(image, 224, 112).flags.c_contiguous
    assert thumbnail(image, 640).flags.c_contiguous


def test_blank_is_mid_grey() -> None:
    image = blank(224, 112)
    assert image.shape == (112, 224, 3)
    assert np.all(image == 128)


def test_thumbnail_keeps_the_aspect_and_never_grows() -> None:
    assert thumbnail(random_image(1080, 1920), 640).shape == (360, 640, 3)
    assert thumbnail(random_image(90, 160), 640).shape == (90, 160, 3)
    assert thumbnail(random_image(1, 4000), 640).shape == (1, 640, 3)


def test_bgr_to_rgb_swaps_the_outer_colours() -> None:
    image = random_image(5, 7)
    assert np.array_equal(bgr_to_rgb(image), image[:, :, ::-1])


def test_png_round_trip(tmp_path) -> None:
    image = random_image(33, 21)
    path = tmp_path / "Bücher 图.png"
    save_png(path, image)
    assert np.array_equal(load_image(path), image)


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_what_is_no_picture_is_refused(tmp_path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ClipError, match="is not a picture"):
        load_image(path)


def test_missing_and_unwritable_are_told(tmp_path) -> None:
    with pytest.raises(ClipError, match="cannot be read"):
        load_image(tmp_path / "missing.png")
    with pytest.raises(RecordingError, match="cannot be written"):
        save_png(tmp_path / "missing" / "a.png", blank(2, 2))
