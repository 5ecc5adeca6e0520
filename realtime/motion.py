"""What moves in the picture by itself: differences of images after the camera's own motion is taken out."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.pictures import Image, fit

WIDTH, HEIGHT = 160, 80
"""Pixels at which images are compared, whatever their own size."""
BLUR_PX = 0.8
FLOOR = 1.5
"""Grey levels that a difference must exceed: what noise and compression make."""
SLOPE = 4.0
"""Added to the local gradient, so that a plain surface does not turn noise into speed."""
CORNERS, CORNER_QUALITY, CORNER_DISTANCE_PX = 200, 0.01, 4
ENOUGH_CORNERS = 6
TRACKING_PX, TRACKING_LEVELS = (11, 11), 2
RANSAC_PX = 0.5
EDGE_PX = 3
"""Rim in which nothing is seen to move: what it shows was not in the image before."""
CUT_SHARE = 0.6
"""Share of the picture in motion from which on it is another picture, not a motion."""

Grey = NDArray[np.float32]


class Motion:
    """Compares each image with the one before it. One thread; not real-time safe.

    The camera's motion is an affine map (shift, turn, zoom, shear), found from tracked corners by RANSAC, so that what
    moves by itself has no vote; a change of the light is the median difference. What remains, divided by the local
    gradient, is about the speed across the edges in pixels per image at a width of 160.

    Parameters
    ----------
    rows, columns
        Of the maps.
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._rows, self._columns = rows, columns
        self._before: Grey | None = None
        self._size = (0, 0)
        self._rim = np.zeros((HEIGHT, WIDTH), np.float32)
        self._rim[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX] = 1

    def push(self, image: Image) -> NDArray[np.float32]:
        """Residual motion between the image before and this one.

        Parameters
        ----------
        image
            uint8 (H, W, 3) RGB of any size.

        Returns
        -------
        NDArray[np.float32]
            (rows, columns), 0 or more; all zero for the first image, after a change of its size, and at a cut.
        """
        colour = fit(image, WIDTH, HEIGHT)
        plain = np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY), np.float32)
        grey = np.asarray(cv2.GaussianBlur(plain, (0, 0), BLUR_PX), np.float32)
        before, self._before = self._before, grey
        size, self._size = self._size, image.shape[:2]
        if before is None or size != self._size:
            return np.zeros((self._rows, self._columns), np.float32)
        moved = self._residual(before, grey)
        if np.count_nonzero(moved) > CUT_SHARE * moved.size:
            return np.zeros((self._rows, self._columns), np.float32)
        return np.asarray(cv2.resize(moved, (self._columns, self._rows), interpolation=cv2.INTER_AREA), np.float32)

    def _residual(self, before: Grey, grey: Grey) -> Grey:
        """Speed of each pixel of the newer image, (HEIGHT, WIDTH)."""
        camera = camera_motion(before, grey)
        aligned = _warped(before, camera)
        seen = _warped(self._rim, camera) * self._rim
        difference = grey - aligned
        difference -= np.median(difference)
        slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 8
        speed = np.maximum(np.abs(difference) - FLOOR, 0) / (slope + SLOPE)
        return np.where(seen > 0.99, speed, 0).astype(np.float32)


def camera_motion(before: Grey, grey: Grey) -> NDArray[np.float64]:
    """The affine map (2, 3) from places of the newer image to places of the older; identity where none is found."""
    identity = np.eye(2, 3)
    # Corners are followed by their brightness: the light must not have changed.
    lit = grey + (np.median(before) - np.median(grey))
    old, new = before.astype(np.uint8), np.clip(lit, 0, 255).astype(np.uint8)
    # OpenCV's stubs leave out that it gives None when it finds nothing.
    corners: Any = cv2.goodFeaturesToTrack(old, CORNERS, CORNER_QUALITY, CORNER_DISTANCE_PX)
    if corners is None or len(corners) < ENOUGH_CORNERS:
        return identity
    followed, found, _ = cv2.calcOpticalFlowPyrLK(
        old, new, corners, np.empty_like(corners), winSize=TRACKING_PX, maxLevel=TRACKING_LEVELS
    )
    kept = found.ravel() == 1
    if np.count_nonzero(kept) < ENOUGH_CORNERS:
        return identity
    found_map: Any = cv2.estimateAffine2D(followed[kept], corners[kept], ransacReprojThreshold=RANSAC_PX)[0]
    return identity if found_map is None or not np.isfinite(found_map).all() else np.asarray(found_map, np.float64)


def _warped(image: Grey, camera: NDArray[np.float64]) -> Grey:
    """The older image as the newer one's camera would have seen it."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(image, camera, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float32)
