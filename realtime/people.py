"""People in a picture, by detectors that come with OpenCV: whole bodies (HOG) and faces (Haar cascades)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.cues import Person
from realtime.pictures import Image, fit

BODY_WIDTH, FACE_WIDTH = 480, 256
"""Pixels at which they are looked for: a body must be 128 high, a face 20."""
BODY_HEIGHT = 128
BODY_STRIDE = (8, 8)
BODY_SCALE = 1.08
SURE_BODY = 0.5
"""Of the support vector machine's margin; what lies below is mostly furniture."""
FACE_SCALE, FACE_VOTES, FACE_PX = 1.2, 4, 20
FRONT, PROFILE = "haarcascade_frontalface_alt2.xml", "haarcascade_profileface.xml"
Box = tuple[float, float, float, float]
"""Left, top, width and height as fractions of the picture."""


class People:
    """Finds people. One thread; some 40 ms a picture, since it looks for faces from one side at a time.

    Bodies are as in the picture given; faces are those that were last found from the front, from the left and from the
    right.
    """

    def __init__(self) -> None:
        self._bodies = cv2.HOGDescriptor()
        self._bodies.setSVMDetector(_people_vector())
        folder = Path(cv2.__file__).parent / "data"
        front, profile = (cv2.CascadeClassifier(str(folder / name)) for name in (FRONT, PROFILE))
        # The profile cascade knows faces that look to the left.
        self._faces = ((front, False), (profile, False), (profile, True))
        self.forget()

    def forget(self) -> None:
        """Begin with another stream of pictures."""
        self._found: list[list[Box]] = [[] for _ in self._faces]
        self._next = 0

    def find(self, image: Image) -> list[Person]:
        """People in uint8 (H, W, 3) RGB of any size; a body and its face may both be named."""
        cascade, mirrored = self._faces[self._next]
        self._found[self._next] = _faces(cascade, _narrowed(image, FACE_WIDTH), mirrored=mirrored)
        self._next = (self._next + 1) % len(self._faces)
        boxes = [*self._find_bodies(_narrowed(image, BODY_WIDTH)), *(box for boxes in self._found for box in boxes)]
        return [Person(left + width / 2, top + height / 2) for left, top, width, height in boxes]

    def _find_bodies(self, image: Image) -> list[Box]:
        height, width = image.shape[:2]
        if height < BODY_HEIGHT:
            return []
        boxes, margins = self._bodies.detectMultiScale(image, winStride=BODY_STRIDE, scale=BODY_SCALE)
        sure = np.ravel(margins) > SURE_BODY
        return [_box(box, width, height) for box in np.reshape(boxes, (-1, 4))[sure]]


def _faces(cascade: Any, image: Image, *, mirrored: bool) -> list[Box]:
    grey = np.asarray(cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)), np.uint8)
    if mirrored:
        grey = np.ascontiguousarray(grey[:, ::-1])
    found = cascade.detectMultiScale(grey, FACE_SCALE, FACE_VOTES, minSize=(FACE_PX, FACE_PX))
    boxes = [_box(box, image.shape[1], image.shape[0]) for box in np.reshape(found, (-1, 4))]
    return [(1 - left - width if mirrored else left, top, width, height) for left, top, width, height in boxes]


def _narrowed(image: Image, width: int) -> Image:
    return fit(image, width, max(1, round(image.shape[0] * width / image.shape[1])))


def _box(pixels: Any, width: int, height: int) -> Box:
    left, top, wide, high = (float(value) for value in pixels)
    return left / width, top / height, wide / width, high / height


def _people_vector() -> Any:
    return getattr(cv2, "HOGDescriptor_getDefaultPeopleDetector")()  # noqa: B009 - OpenCV's stubs lack it
