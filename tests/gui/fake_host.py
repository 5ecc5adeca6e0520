"""A host without devices or networks: the same methods, with sound and picture that are functions of the position."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gui.client import Choice, Sources
from realtime.chain.chain import Chain
from realtime.described import Described
from realtime.effects.convolution import Convolution
from realtime.effects.limiter import Limiter
from realtime.effects.trim import Trim
from realtime.errors import ClipError, DeviceError
from realtime.playback import LISTENING, Playback
from realtime.plugin import Format
from realtime.registry import open_plugin
from realtime.settings import Settings
from realtime.stats import Latency, Percentiles, Snapshot
from tests.gui.fake_playback import FakePlayback
from tests.realtime.chain.late import Late

TONE_HZ = 2_000.0

SOURCES = Sources(
    inputs=(
        Choice("Built-in microphone (ALSA)", "Built-in microphone"),
        Choice("USB interface (ALSA)", "USB interface"),
        Choice("Broken (ALSA)", "broken"),
    ),
    outputs=(Choice("Headphones (ALSA)", "Headphones"),),
    cameras=(Choice("Front camera", "0"), Choice("Room camera", "1")),
)

PLUGINS = (
    Described("trim", "Trim", "Earsight", "built-in", "", Trim.parameters),
    Described("limiter", "Limiter", "Earsight", "built-in", "", Limiter.parameters),
    Described("convolution", "Convolution", "Earsight", "built-in", "", Convolution.parameters),
    Described("clap:org.example.reverb", "Great Reverb", "Example", "clap", "reverb.clap", trouble="it crashed"),
)
SPATIALISER_LATENCY = 48


class FakeHost:
    """Plays a tone that stands still and a whistle that sweeps from ear to ear, under a moving picture.

    Parameters
    ----------
    settings
        An input named "broken" and a clip that ends in ".txt" cannot be opened.
    clock
        Seconds; the position is what has passed on it since `start`.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.calls: list[str] = []
        self.notices: tuple[str, ...] = ()
        self.finished = False
        self.opens = threading.Event()
        """A device that is slow to open is one that clears this."""
        self.opens.set()
        self.xruns = 3
        self.late_inferences = 2
        self.chain: Chain | None = None
        """A real one, that nothing plays."""
        self.player: FakePlayback | None = None
        """Of the clip, from the start on."""
        self.listening = "binaural"
        self._clock = clock
        self._started_s: float | None = None

    @property
    def running(self) -> bool:
        return self._started_s is not None

    def prepare(self) -> None:
        if self.settings.clip is not None and self.settings.clip.suffix == ".txt":
            raise ClipError(f"'{self.settings.clip.name}' has no sound; give a clip with sound and picture")

    def start(self, before: FakeHost | None = None) -> None:
        self.calls.append("start")
        if before is not None:
            before.calls.append("silent")
        if not self.opens.wait(timeout=10):
            raise DeviceError("the device did not open in 10 s")
        if self.settings.clip is None and self.settings.input == "broken":
            raise DeviceError("no input device matches 'broken'; run: earsight devices")
        form = Format(self.settings.sample_rate, self.settings.block_size)
        self.chain = Chain(form, Late(SPATIALISER_LATENCY), open_plugin, self.settings.plan)
        if self.settings.clip is not None:
            self.player = FakePlayback(self._clock, loops=self.settings.loop)
        self._started_s = self._clock()

    def stop(self) -> None:
        self.calls.append("stop")
        self._started_s = None

    def reset_counters(self) -> None:
        self.calls.append("reset_counters")
        self.xruns = self.late_inferences = 0

    @property
    def playback(self) -> Playback | None:
        return self.player.now() if self.player else None

    def play(self) -> None:
        assert self.player
        self.player.play()

    def pause(self) -> None:
        assert self.player
        self.player.pause()

    def seek(self, seconds: float) -> None:
        assert self.player
        self.player.seek(seconds)

    def loop(self, region: tuple[float, float] | None) -> None:
        assert self.player
        self.player.loop(region)

    @property
    def can_listen_to(self) -> tuple[str, ...]:
        """All, of a clip that has two channels: one that is not called mono."""
        two = self.settings.clip is not None and "mono" not in self.settings.clip.name
        return LISTENING if two else LISTENING[:2]

    def listen_to(self, what: str) -> None:
        assert what in self.can_listen_to
        self.listening = what

    def _elapsed_s(self) -> float:
        return 0.0 if self._started_s is None else self._clock() - self._started_s

    def snapshot(self) -> Snapshot:
        if self.chain is not None:
            self.chain.settle()
        elapsed_s = self._elapsed_s()
        settings = self.settings
        swing = 9.0 * np.sin(elapsed_s)
        return Snapshot(
            running=self.running,
            finished=self.finished,
            sample_rate=settings.sample_rate,
            block_size=settings.block_size,
            mode=settings.mode,
            model="streaming-1",
            provider="CPUExecutionProvider",
            input=settings.input or "Built-in microphone",
            output=settings.output or "Headphones",
            duration_s=elapsed_s,
            elapsed_s=elapsed_s,
            blocks=1 + int(elapsed_s * settings.sample_rate / settings.block_size),
            xruns=self.xruns,
            late_inferences=self.late_inferences,
            latency=Latency(settings.block_size, settings.block_size, 48, 48),
            callback_us=Percentiles(27, 31, 35, 60),
            mask_age_ms=Percentiles(14, 22, 31, 40),
            image_age_ms=Percentiles(48, 61, 80, 95),
            masks=int(98 * elapsed_s),
            camera_opened=settings.clip is None and settings.camera is not None,
            levels_db=(-9.0 + swing / 3, -12.0 + swing, -12.0 - swing),
            notices=self.notices,
        )

    def scope(self, samples: int) -> tuple[int, NDArray[np.float32]]:
        end = int(self._elapsed_s() * self.settings.sample_rate)
        return end, sound_at(np.arange(end - samples, end), self.settings.sample_rate)

    def picture(self) -> NDArray[np.uint8]:
        return picture_at(int(self._elapsed_s() * 30) / 30)

    def histogram(self, quantity: str) -> NDArray[np.int64]:
        counts = np.zeros(100, np.int64)
        middle = {"mask_age_ms": 14, "callback_us": 27}[quantity]
        counts[middle - 5 : middle + 6] = int(self._elapsed_s() * 10)
        return counts

    def attention(self) -> NDArray[np.float32]:
        elapsed_s = int(self._elapsed_s() * 30) / 30
        rows, columns = np.mgrid[0:7, 0:14].astype(np.float32)
        spot = np.exp(-(((columns - 6.5 - 5 * np.sin(elapsed_s)) / 1.6) ** 2) - ((rows - 3) / 1.3) ** 2)
        return np.asarray(0.9 * spot / spot.sum(), np.float32)


def sound_at(positions: NDArray[np.int64], sample_rate: int) -> NDArray[np.float32]:
    """(3, samples) of mono, left and right; silent before position 0."""
    times_s = positions / sample_rate
    tone = 0.3 * np.sin(2 * np.pi * TONE_HZ * times_s)
    whistle = 0.2 * np.sin(2 * np.pi * 4_500 * times_s + 1_500 * np.sin(2 * np.pi * 0.25 * times_s))
    noise = 2e-4 * np.sin(1.7 * (positions * positions % 1_000_003))
    pan = np.sin(times_s)
    sound = np.stack([tone + whistle, tone + (1 + pan) * whistle, tone + (1 - pan) * whistle]) + noise
    return np.where(positions >= 0, sound, 0.0).astype(np.float32)


def picture_at(time_s: float) -> NDArray[np.uint8]:
    """(180, 320, 3): a soft gradient and a disc that swings from side to side."""
    rows, columns = np.mgrid[0:180, 0:320]
    picture = np.stack([60 + rows // 3, 70 + columns // 5, np.full_like(rows, 120)], axis=-1)
    disc = (columns - 160 - 115 * np.sin(time_s)) ** 2 + (rows - 85) ** 2 < 24**2
    picture[disc] = (235, 225, 205)
    return picture.astype(np.uint8)
