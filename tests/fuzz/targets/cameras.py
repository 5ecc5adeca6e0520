"""Cameras: damaged video files in a camera's place, addresses that are none, and servers that send rubbish."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target

ADDRESSES = (
    "http://127.0.0.1:{port}/x.mjpg",
    *("http://127.0.0.1:{port}/x.mp4", "http://127.0.0.1:{port}", "tcp://127.0.0.1:{port}", "http://127.0.0.1:1/"),
    *("http://[::1", "://", "http://", "x://y", "file:///etc/passwd", "http://127.0.0.1:99999/", "999", "-1", "1e3"),
    *("a\nb", "http://127.0.0.1:{port}/%s%n\x1b[31m", "data:image/png;base64,AAAA", "http://@127.0.0.1:{port}/ä"),
)


class CameraFiles(Target):
    """A video file that is played in the place of a camera."""

    name = "camera-files"
    suffix = ".mp4"
    share = 300.0

    def prepare(self, folder: Path) -> None:
        from tests.clips import level_image, make_clip

        pictures = [level_image(20 * number) for number in range(8)]
        self._seeds = [
            make_clip(folder / f"good{kind}", None, pictures).read_bytes() for kind in (".mp4", ".mkv", ".avi")
        ]

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: np.random.Generator) -> bytes:
        return mutated(rng, self._seeds, (b"moov", b"stsz", b"avc1", b"\x00\x00\x01"))

    def read(self, place: Place) -> Iterable[str]:
        return look(str(place.given))


class CameraStreams(Target):
    """An address, and what a server there sends."""

    name = "camera-streams"
    suffix = ".json"
    share = 120.0

    def prepare(self, folder: Path) -> None:
        import cv2

        picture = cv2.imencode(".jpg", np.full((24, 32, 3), 90, np.uint8))[1].tobytes()
        part = b"--image\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n"
        head = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=image\r\n\r\n"
        self._seeds = [head + 3 * part, b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"]
        self._body = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def generate(self, rng: np.random.Generator) -> bytes:
        url = ADDRESSES[0 if rng.random() < 0.5 else int(rng.integers(len(ADDRESSES)))]
        body = mutated(rng, self._seeds, (b"--image\r\n", b"Content-Length: -1\r\n", b"\xff\xd8"))
        return json.dumps({"url": url, "body": body.decode("latin-1")}).encode()

    def read(self, place: Place) -> Iterable[str]:
        given: dict[str, Any] = json.loads(place.given.read_bytes())
        self._body = given["body"].encode("latin-1")
        return look(given["url"].replace("{port}", str(self._listener.getsockname()[1])))

    def _serve(self) -> None:
        while True:
            try:
                viewer, _ = self._listener.accept()
                with viewer:
                    viewer.settimeout(1.0)
                    viewer.recv(4096)
                    viewer.sendall(self._body)
            except OSError:
                if self._listener.fileno() < 0:
                    return

    def close(self) -> None:
        self._listener.close()


def look(source: str) -> Iterable[str]:
    """Open a camera, take an image, let it go."""
    from realtime.camera import Camera

    camera = Camera(source)
    try:
        camera.start()
        newest = camera.newest()
        assert newest is not None and newest[2].shape[2] == 3
        return (camera.notice,) if camera.notice else ()
    finally:
        camera.stop()
