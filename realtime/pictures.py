"""Images as arrays: uint8 (height, width, 3), RGB, C-contiguous. Pure functions; any thread, not real-time safe."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.errors import ClipError, RecordingError

# All cores for a picture would take them from the sound.
cv2.setNumThreads(1)

Image: TypeAlias = NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg")
GREY = 128


def fit(image: Image, width: int, height: int) -> Image:
    """Resize straight to `width` x `height`, whatever the aspect: averaged when shrinking, linear when growing."""
    if image.shape[:2] == (height, width):
        return np.ascontiguousarray(image)
    shrinks = width * height < image.shape[0] * image.shape[1]
    return _bytes(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))


def blank(width: int, height: int) -> Image:
    """A mid-grey image: what the network sees when there is no camera."""
    return np.full((height, width, 3), GREY, dtype=np.uint8)


def thumbnail(image: Image, max_width: int) -> Image:
    """At most `max_width` pixels wide, aspect kept; a smaller image is returned as it is."""
    height, width = image.shape[:2]
    if width <= max_width:
        return np.ascontiguousarray(image)
    return fit(image, max_width, max(1, round(height * max_width / width)))


def bgr_to_rgb(image: Image) -> Image:
    """OpenCV's order of colours to ours, and back."""
    return _bytes(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def load_image(path: Path) -> Image:
    """Read a PNG or JPEG file.

    Raises
    ------
    ClipError
        When the file is missing, is not a picture, or a huge one.
    """
    try:
        # imread() fails on Windows for paths that are not ASCII.
        encoded = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise ClipError(f"picture '{path}' cannot be read ({error.strerror}); check the path") from error
    try:
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB) if encoded.size else None
    except cv2.error as error:
        raise ClipError(f"picture '{path}' is damaged or larger than 64 million pixels; give a smaller one") from error
    if image is None:
        raise ClipError(f"'{path}' is not a picture; accepted: {', '.join(SUFFIXES)}")
    return _bytes(image)


def save_png(path: Path, image: Image) -> None:
    """Write a PNG file.

    Raises
    ------
    RecordingError
        When the file cannot be written.
    """
    _, encoded = cv2.imencode(".png", bgr_to_rgb(image))
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise RecordingError(f"'{path}' cannot be written ({error.strerror}); choose another place") from error


def _bytes(image: object) -> Image:
    """The array type that OpenCV's stubs leave open."""
    return np.ascontiguousarray(image, dtype=np.uint8)
