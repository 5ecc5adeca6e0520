"""A network camera on 127.0.0.1: motion JPEG over HTTP, that can be cut off, stalled and brought back."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

BOUNDARY = "image"


class MjpegCamera:
    """Serves the current image at `rate` images per second to everyone who asks, at `url`.

    Any thread may call its methods; the port stays the same for its whole life.
    """

    def __init__(self, image: NDArray[np.uint8] | None = None, rate: float = 30.0) -> None:
        self.rate = rate
        self.sent = 0
        self._flowing = threading.Event()
        self._flowing.set()
        self._closing = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.set_image(np.zeros((240, 320, 3), np.uint8) if image is None else image)
        self._port = 0
        self.restart()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/camera.mjpg"

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Show uint8 (height, width, 3) RGB from now on."""
        good, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
        if not good:
            raise ValueError(f"image of shape {image.shape} cannot be encoded")
        self._jpeg = encoded.tobytes()

    def stall(self) -> None:
        """Keep the connections but send nothing."""
        self._flowing.clear()

    def resume(self) -> None:
        """End a stall."""
        self._flowing.set()

    def cut(self) -> None:
        """Close every connection and refuse new ones."""
        server, self._server = self._server, None
        if server is None:
            return
        self._closing.set()
        self._flowing.set()
        server.shutdown()
        server.server_close()
        if self._thread is not None:
            self._thread.join()

    def restart(self) -> None:
        """Serve again after `cut`, at the same address."""
        self.cut()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.camera = self
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="mjpeg", daemon=True)
        self._thread.start()

    close = cut

    def stream(self, write: Any) -> None:
        """Send images with `write` until cut; runs in the thread of one connection."""
        closing = self._closing
        while not closing.wait(1.0 / self.rate):
            self._flowing.wait()
            if closing.is_set():
                return
            jpeg = self._jpeg
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            write(head.encode() + jpeg + b"\r\n")
            self.sent += 1


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    camera: MjpegCamera


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  only ever served by _Server

    def do_GET(self) -> None:
        try:
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
            self.end_headers()
            self.server.camera.stream(self.wfile.write)
        except ConnectionError:
            # The viewer left.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Keep stderr clean."""
