"""Media files: through the reader, the player, a rendering, and pictures on their own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Place, Target

RATE, BLOCK = 48_000, 512
SECONDS = 0.3
LISTS = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    b"ffconcat version 1.0\nfile notes.txt\nfile /etc/passwd\n",
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
)
"""Lists of other files and streams, which FFmpeg would follow."""
WORDS = (
    b"moov",
    b"mdat",
    b"stts",
    b"stsz",
    b"elst",
    b"ctts",
    b"avc1",
    b"mp4a",
    b"RIFF",
    b"data",
    b"fLaC",
    b"\x1a\x45\xdf\xa3",
)


class Clips(Target):
    """mp4, mkv, wav, flac, ogg and mp3: all sound at two rates, a jump, and pictures."""

    name = "clips"
    suffix = ".mp4"
    share = 3400.0

    def prepare(self, folder: Path) -> None:
        import soundfile

        from tests.clips import level_image, make_clip, tone

        pictures = [level_image(20 * number) for number in range(8)]
        files = [make_clip(folder / f"good{suffix}", tone(SECONDS), pictures) for suffix in (".mp4", ".mkv", ".mov")]
        files.append(make_clip(folder / "sound.m4a", tone(SECONDS, 1), None))
        for suffix in ("wav", "flac", "ogg", "mp3"):
            files.append(folder / f"good.{suffix}")
            soundfile.write(files[-1], tone(SECONDS).T, 16_000)
        self._seeds = [file.read_bytes() for file in files]

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: np.random.Generator) -> bytes:
        if rng.random() < 0.02:
            return mutated(rng, LISTS) if rng.random() < 0.5 else LISTS[int(rng.integers(len(LISTS)))]
        return mutated(rng, self._seeds, WORDS)

    def read(self, place: Place) -> Iterable[str]:
        from realtime.clip import Clip, ClipImages, ClipSound

        clip = Clip.open(place.given)
        for rate in (clip.sample_rate, RATE):
            sound = ClipSound(clip, rate)
            while sound.read(65_536).shape[1]:
                pass
        sound.seek(round(RATE * clip.duration_s / 2))
        sound.read(4096)
        sound.close()
        if clip.has_picture:
            with ClipImages(clip, 64) as images:
                for number in range(10):
                    assert images.at(SECONDS * number / 10).shape[2] == 3
        return (clip.warning,) if clip.warning else ()


class Played(Clips):
    """The same, played as `play` does, as fast as it goes."""

    name = "played"
    share = 200.0

    def look(self, image: NDArray[np.uint8], position: int) -> None:
        """In the place of a vision."""
        assert image.ndim == 3 and position >= 0

    def read(self, place: Place) -> Iterable[str]:
        from realtime.clip import Clip
        from realtime.engine import Engine
        from realtime.player import Player

        player = Player(Clip.open(place.given), RATE, BLOCK, loop=False)
        engine = Engine(RATE, BLOCK, source=player.source)
        eyes: Any = self
        player.prime(eyes)
        player.start(self.look, engine)
        try:
            out = np.empty((BLOCK, 2), np.float32)
            for number in range(60):
                until = time.monotonic() + 1.0
                source = player.source
                while not (source.ended(source.ring.written) or source.ring.written >= engine.position + BLOCK):
                    if time.monotonic() > until:
                        raise AssertionError("the player gives nothing and does not end")
                    time.sleep(0.0005)
                engine.process(None, out)
                assert np.isfinite(out).all()
                if number == 20:
                    player.seek(0.1)
        finally:
            player.stop()
        return (player.trouble,) if player.trouble else ()


class Rendered(Clips):
    """The same, rendered to a file."""

    name = "rendered"
    share = 200.0

    def prepare(self, folder: Path) -> None:
        from tests.models.side_model import make_side_model

        super().prepare(folder)
        # Those that have a picture.
        self._seeds = self._seeds[:3]
        self._model = make_side_model(folder / "side.onnx")

    def read(self, place: Place) -> Iterator[str]:
        from realtime.render import render_clip

        yield from render_clip(place.given, place.made / "out.wav", model=self._model, provider="cpu").notices


class Pictures(Target):
    """PNG and JPEG."""

    name = "pictures"
    suffix = ".png"
    share = 1000.0

    def prepare(self, folder: Path) -> None:
        import cv2

        image = np.arange(24 * 32 * 3, dtype=np.uint8).reshape(24, 32, 3)
        self._seeds = [cv2.imencode(suffix, image)[1].tobytes() for suffix in (".png", ".jpg")]

    def good(self) -> bytes:
        return self._seeds[0]

    def generate(self, rng: np.random.Generator) -> bytes:
        return mutated(rng, self._seeds, (b"IHDR", b"IDAT", b"\xff\xc0", b"\xff\xd9"))

    def read(self, place: Place) -> Iterable[str]:
        from realtime.pictures import load_image

        assert load_image(place.given).shape[2] == 3
        return ()
