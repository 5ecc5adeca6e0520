"""A camera whose newest image is always at hand: a reader thread keeps one image and drops the one before."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# FFmpeg inside OpenCV writes to stderr unless told so before its first use.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
import numpy as np
from numpy.typing import NDArray

from realtime.errors import CameraError
from realtime.paths import is_file
from realtime.pictures import Image, bgr_to_rgb

MAX_SIDE = 8192
FIRST_IMAGE_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 1.5
OPEN_TIMEOUT_MS = 2000
READ_TIMEOUT_MS = 1500
BACKOFF_S = (0.25, 1.0)
STALE_S = 2.0
FALLBACK_RATE = 30.0


@dataclass(frozen=True)
class CameraInfo:
    """A camera by number and name."""

    index: int
    name: str


def list_cameras(devices: Path = Path("/sys/class/video4linux")) -> list[CameraInfo]:
    """Cameras of this machine, by number; silent and quick where there is none."""
    if sys.platform.startswith("linux"):
        found: list[CameraInfo] = []
        for entry in devices.glob("video*"):
            number, index = entry.name.removeprefix("video"), entry / "index"
            # A camera has several nodes; those after the first carry metadata, not images.
            if number.isdigit() and (not index.is_file() or index.read_text().strip() == "0"):
                name = entry / "name"
                label = name.read_text(errors="replace").strip() if name.is_file() else ""
                found.append(CameraInfo(int(number), label or f"camera {number}"))
        return sorted(found, key=lambda camera: camera.index)
    _silence()
    found = []
    for number in range(4):
        capture = _open_capture(str(number))
        if capture.isOpened():
            found.append(CameraInfo(number, f"camera {number}"))
        capture.release()
    return found


class Camera:
    """Reads images in its own thread and keeps the newest.

    Parameters
    ----------
    source
        Camera number, stream URL, or a video file (played at its own pace, again from the start at its end).
    on_image
        Called with each image, in the reader thread, after `newest` can return it.

    Attributes
    ----------
    on_image
        As given; another takes over with the next image.
    opened
        The source delivers images now.
    images
        Images read.
    dropped
        Images that the next one replaced before `newest` took them.
    reconnects
        Times that a lost source came back.

    Notes
    -----
    `start` and `stop` belong to one thread; `newest`, `notice` and the counters may be read from any. None of it is
    real-time safe.
    """

    def __init__(self, source: str, *, on_image: Callable[[Image], None] | None = None) -> None:
        self.source = source
        self.opened = False
        self.images = 0
        self.dropped = 0
        self.reconnects = 0
        self.on_image = on_image
        # On Linux a camera may also be given as its device file.
        self._target = source.removeprefix("/dev/video")
        self._is_file = not self._target.isdigit() and "://" not in source
        self._trouble = ""
        self._lock = threading.Lock()
        self._newest: tuple[int, int, Image] | None = None
        self._taken = True
        self._started_ns = 0
        self._first = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def notice(self) -> str:
        """One line on the current trouble and what is done about it, or ""."""
        newest, thread = self._newest, self._thread
        if self._trouble or thread is None:
            return self._trouble
        age_s = (time.perf_counter_ns() - (newest[1] if newest else self._started_ns)) * 1e-9
        if newest is None:
            return self._nothing() if age_s > FIRST_IMAGE_TIMEOUT_S else ""
        return f"camera '{self.source}' gives no new image; the last one is kept" if age_s > STALE_S else ""

    @property
    def active(self) -> bool:
        """Whether it reads, or still tries to."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, *, wait: bool = True) -> None:
        """Open the source and wait, at most about 5 s, for its first image.

        Parameters
        ----------
        wait
            False to come back at once; whether it opens is then told by `opened` and `notice`.

        Raises
        ------
        CameraError
            When the source cannot be opened or gives no image.
        """
        if self._thread is not None:
            return
        if self._is_file and not is_file(Path(self.source)):
            raise CameraError(
                f"camera '{self.source}' does not exist; give a number, a URL or a video file, or run: earsight devices"
            )
        self._stopping.clear()
        self._first.clear()
        self._trouble = ""
        self._started_ns = time.perf_counter_ns()
        # A device may block for ever inside the driver: such a thread must not keep the process alive.
        self._thread = threading.Thread(target=self._run, args=(self._stopping,), name="camera", daemon=True)
        self._thread.start()
        if not wait:
            return
        delivered = self._first.wait(FIRST_IMAGE_TIMEOUT_S)
        if not delivered or not self.opened:
            trouble = self._trouble or self._nothing()
            self.stop()
            raise CameraError(trouble)

    def stop(self) -> None:
        """End the thread; returns within 2 s whatever the device does. The newest image stays. Idempotent."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        thread.join(STOP_TIMEOUT_S)
        # A thread that is stuck keeps its own event, so that a later start() does not revive it.
        self._stopping = threading.Event()
        self.opened = False

    def newest(self, *, peek: bool = False) -> tuple[int, int, Image] | None:
        """The newest image, or None before the first.

        Parameters
        ----------
        peek
            Look without taking: the image may still count as dropped.

        Returns
        -------
        sequence
            Number of the image, from 1.
        captured_ns
            When it arrived, `time.perf_counter_ns`.
        image
            uint8 (height, width, 3) RGB; must not be written to.
        """
        with self._lock:
            self._taken = self._taken or not peek
            return self._newest

    def _run(self, stopping: threading.Event) -> None:
        _silence()
        backoff_s = BACKOFF_S[0]
        ever = False
        while not stopping.is_set():
            delivered = False
            capture = _open_capture(self._target)
            try:
                if capture.isOpened():
                    delivered = self._read(capture, stopping, reconnected=ever)
            finally:
                capture.release()
            if stopping.is_set():
                return
            self.opened = False
            if delivered:
                ever, backoff_s = True, BACKOFF_S[0]
            if not ever:
                self._trouble = f"camera '{self.source}' cannot be opened or gives no image; {self._cure()}"
                self._first.set()
                return
            self._trouble = f"camera '{self.source}' is lost; the last image is kept and it is tried again"
            stopping.wait(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_S[1])

    def _read(self, capture: cv2.VideoCapture, stopping: threading.Event, *, reconnected: bool) -> bool:
        """Take images until the source fails or `stopping`; whether there was any."""
        pace_s = 1.0 / _image_rate(capture) if self._is_file else 0.0
        due = time.perf_counter()
        delivered = rewound = False
        while not stopping.is_set():
            good, raw = capture.read()
            if not good:
                if self._is_file and delivered and not rewound:
                    capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                    rewound = True
                    continue
                return delivered
            rewound = False
            if not _is_sane(raw):
                continue
            if stopping.is_set():
                return delivered
            self._keep(bgr_to_rgb(np.asarray(raw, np.uint8)), reconnected=reconnected and not delivered)
            delivered = True
            if pace_s:
                now = time.perf_counter()
                due = max(due + pace_s, now)
                stopping.wait(due - now)
        return delivered

    def _keep(self, image: Image, *, reconnected: bool) -> None:
        with self._lock:
            self.images += 1
            self.dropped += not self._taken
            self.reconnects += reconnected
            self._newest = (self.images, time.perf_counter_ns(), image)
            self._taken = False
        self.opened = True
        self._trouble = ""
        if (tell := self.on_image) is not None:
            tell(image)
        self._first.set()

    def _nothing(self) -> str:
        return f"camera '{self.source}' gives no image within {FIRST_IMAGE_TIMEOUT_S:.0f} s; {self._cure()}"

    def _cure(self) -> str:
        if self._target.isdigit():
            return "close other programs that use it, or run: earsight devices"
        return "check that it is a video file" if self._is_file else "check the address and that the stream runs"


def _open_capture(source: str) -> cv2.VideoCapture:
    if not source.isdigit():
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        return cv2.VideoCapture(source, cv2.CAP_FFMPEG, timeouts)
    # Windows' default, MSMF, takes seconds to open (opencv/opencv#26495).
    backends = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
    capture = cv2.VideoCapture(int(source), backends.get(sys.platform, cv2.CAP_ANY))
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _image_rate(capture: cv2.VideoCapture) -> float:
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 0.1 <= rate <= 240.0 else FALLBACK_RATE


def _is_sane(image: NDArray[np.generic]) -> bool:
    return image.ndim == 3 and image.shape[2] == 3 and min(image.shape) > 0 and max(image.shape) <= MAX_SIDE


def _silence() -> None:
    """Keep OpenCV from writing to stderr; failures are reported by us."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
