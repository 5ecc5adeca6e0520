"""The host: pipeline, driver, camera or clip, and recorder, behind the interface that window and CLI use."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from realtime.camera import Camera
from realtime.chain.chain import Chain
from realtime.clip import Clip
from realtime.device_guard import DeviceGuard
from realtime.drivers import Driver
from realtime.drivers.opening import Opening
from realtime.drivers.portaudio import check_devices
from realtime.errors import CameraError, SettingsError
from realtime.memory import give_back
from realtime.networks import open_network
from realtime.pictures import thumbnail
from realtime.pipeline import Pipeline
from realtime.playback import LISTENING, Listening, Playback
from realtime.player import Player
from realtime.recordings import Recordings
from realtime.settings import Settings
from realtime.showing import PICTURE_WIDTH
from realtime.stats import Latency, Percentiles, RecentAge, Snapshot

DEVICE_SETTINGS = ("driver", "input", "output", "fallback_input", "fallback_output", "sample_rate", "block_size")
LEVEL_S = 0.05
SILENCE_DB = -120.0
PICTURELESS = "the sound goes on without a picture"


class Host:
    """Makes sound binaural as the settings say, from `start` to `stop`. One run; a change means a new host.

    No two methods may run at once; none but `start` and `stop` takes long.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._pipeline: Pipeline | None = None
        self._guard: DeviceGuard | None = None
        self._has_heir = False
        """Whether another host has the device now."""
        self._camera: Camera | None = None
        self._player: Player | None = None
        self._recordings = Recordings(settings)
        self._notices: list[str] = []
        self._started_s = 0.0
        self._stopped_s: float | None = None
        self._start_position = 0
        self._camera_opened = False
        self._masks_before = 0
        self._late_before = 0
        self._mask_age = RecentAge()
        self._image_age = RecentAge()
        self._picture: tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None] = None, None

    def prepare(self) -> None:
        """Load the model, open the clip: what takes long and takes no device, so another host may play meanwhile.

        `start` does it if nobody has.

        Raises
        ------
        EarsightError
            When model or clip cannot be used, or a device is not there; everything is closed again then.
        """
        if self._pipeline is None:
            try:
                self._load()
            except BaseException:
                self.stop()
                raise

    def start(self, before: Host | None = None) -> None:
        """Open device, recording and camera, and begin.

        The sound does not wait for the camera, and one that does not open is a notice: the sound goes on without a
        picture. Not so for recording to a folder, which needs the camera and two input channels.

        Parameters
        ----------
        before
            A host that this one takes the place of, as late as possible. It hands over its camera and its audio device
            where those are the same, the latter without a gap in the sound. The caller stops it afterwards, also when
            this one could not start.

        Raises
        ------
        EarsightError
            When model, clip, device or recording cannot be used; everything is closed again then.
        """
        self.prepare()
        try:
            heir = before is not None and self._shares_device(before)
            if before is not None:
                if not heir:
                    before.release()
                self._take_camera(before)
            self._open(before if heir else None)
        except BaseException:
            self.stop()
            raise

    def release(self) -> None:
        """Fall silent and give back the audio device; `stop` does the rest. Idempotent."""
        if self._stopped_s is None:
            self._stopped_s = time.monotonic()
            self._camera_opened = self._camera is not None and self._camera.opened
        if self._guard is not None and not self._has_heir:
            self._guard.stop()

    def stop(self) -> None:
        """End, complete the recording, close everything; idempotent."""
        self.release()
        for part in (self._recordings, self._camera, self._player):
            if part is not None:
                part.stop()
        if self._pipeline is not None:
            self._pipeline.stop()
        give_back()

    def snapshot(self) -> Snapshot:
        """The figures of this moment; after `stop`, of the end."""
        pipeline, guard, settings = self._pipeline, self._guard, self.settings
        if pipeline is None or guard is None:
            return Snapshot(
                sample_rate=settings.sample_rate,
                block_size=settings.block_size,
                mode=settings.mode,
                notices=tuple(self._notices),
            )
        self._collect_notices(pipeline, guard)
        driver = guard.driver
        pipeline.chain.settle()
        pipeline.engine.monitor.follow(pipeline.latency)
        engine, spatialiser, vision = pipeline.engine, pipeline.spatialiser, pipeline.vision
        until_s = self._stopped_s if self._stopped_s is not None else time.monotonic()
        camera = self._camera
        return Snapshot(
            running=self._stopped_s is None and guard.active,
            finished=self._finished(pipeline, guard),
            sample_rate=driver.sample_rate,
            block_size=driver.block_size,
            mode=settings.mode,
            model=pipeline.network.path.name,
            provider=pipeline.network.provider,
            provider_fallbacks=pipeline.network.fallbacks,
            input=str(settings.clip) if settings.clip else driver.name_input,
            output=driver.name_output,
            duration_s=(engine.position - self._start_position) / driver.sample_rate,
            elapsed_s=until_s - self._started_s,
            blocks=engine.blocks,
            xruns=engine.xruns + engine.starved_blocks,
            late_blocks=spatialiser.late_blocks + pipeline.chain.late_blocks,
            late_inferences=pipeline.analysis.late_inferences - self._late_before,
            bad_samples=engine.bad_samples,
            latency=Latency(driver.input_latency, driver.output_latency, pipeline.latency, spatialiser.latency),
            callback_us=Percentiles.of_histogram(engine.callback_counts, 1.0),
            audio_inference_ms=pipeline.stream.durations.percentiles_ms(),
            visual_inference_ms=vision.durations.percentiles_ms(),
            mask_age_ms=Percentiles.of_histogram(spatialiser.mask_age_counts, 1.0),
            image_age_ms=Percentiles.of_histogram(spatialiser.image_age_counts, 1.0),
            mask_age_now_ms=self._mask_age.since_last(spatialiser.mask_age_counts),
            image_age_now_ms=self._image_age.since_last(spatialiser.image_age_counts),
            masks=pipeline.analysis.masks - self._masks_before,
            camera_opened=self._camera_opened if self._stopped_s else camera is not None and camera.opened,
            images=vision.images,
            images_dropped=vision.dropped,
            camera_reconnects=camera.reconnects if camera is not None else 0,
            audio_reconnects=guard.reconnects,
            audio_away_s=guard.away_s,
            audio_longest_gap_s=guard.longest_gap_s,
            levels_db=self._levels(),
            recording=self._recordings.text,
            notices=tuple(self._notices),
        )

    @property
    def pace(self) -> str:
        """How much the network listens to and how often it gives masks, in words; "" before the start."""
        return self._pipeline.stream.pace if self._pipeline else ""

    def scope(self, samples: int) -> tuple[int, NDArray[np.float32]]:
        """Position after the newest sample, and the newest mono, left and right: float32 (3, samples).

        Where fewer were processed, or they could not be read while the callback wrote, zeros stand.
        """
        if self._pipeline is None:
            return 0, np.zeros((3, samples), np.float32)
        ring = self._pipeline.engine.output
        end = ring.written
        there = min(samples, end - ring.oldest)
        newest = ring.read(end - there, there)
        out = np.zeros((3, samples), np.float32)
        if newest is not None and there:
            out[:, samples - there :] = newest
        return end, out

    def picture(self) -> NDArray[np.uint8] | None:
        """The newest image, (H, W, 3) RGB, at most 640 wide; None before the first.

        The same array as long as the picture stays the same.
        """
        image = self._pipeline.vision.picture if self._pipeline else None
        if image is not self._picture[0]:
            self._picture = image, None if image is None else thumbnail(image, PICTURE_WIDTH)
        return self._picture[1]

    def attention(self) -> NDArray[np.float32] | None:
        """Where the network believes the sound is, (h, w) over the picture, its sum at most 1; None if it is mute."""
        return self._pipeline.stream.attention if self._pipeline else None

    def histogram(self, quantity: str) -> NDArray[np.int64]:
        """How often each value came since the last reset, int64: bin i counts i to i + 1, the last one the rest.

        Parameters
        ----------
        quantity
            "mask_age_ms": of the mask that a block was rendered with. "callback_us": time that a callback took.
        """
        if self._pipeline is None:
            return np.zeros(1, np.int64)
        ages = quantity == "mask_age_ms"
        return self._pipeline.spatialiser.mask_age_counts if ages else self._pipeline.engine.callback_counts

    @property
    def chain(self) -> Chain | None:
        """The chain, to be looked at and edited while it plays; None before the start."""
        return self._pipeline.chain if self._pipeline else None

    @property
    def playback(self) -> Playback | None:
        """The state of the clip that is played; None while live, and before the start."""
        if self._player is None or self._pipeline is None or self._guard is None:
            return None
        return self._player.playback(self._heard(self._pipeline, self._guard.driver))

    def play(self) -> None:
        """Go on with the clip; at its end from the start."""
        if self._player is not None:
            self._player.play()

    def pause(self) -> None:
        """Hold the clip; the chain goes on with silence."""
        if self._player is not None:
            self._player.pause()

    def seek(self, seconds: float) -> None:
        """Go to a place of the clip, or to the nearest that it has."""
        if self._player is not None:
            self._player.seek(seconds)

    def loop(self, region: tuple[float, float] | None) -> None:
        """Play a part of the clip, in seconds, again and again; None to play on.

        Raises
        ------
        SettingsError
            When it is shorter than 50 ms.
        """
        if self._player is not None:
            self._player.loop(region)

    @property
    def can_listen_to(self) -> tuple[Listening, ...]:
        """What can go to the device: the binaural sound, mono, and of a clip with two channels what was recorded."""
        return self._pipeline.engine.monitor.choices if self._pipeline else LISTENING[:1]

    @property
    def listening(self) -> Listening:
        """What goes to the device."""
        return self._pipeline.engine.monitor.listening if self._pipeline else LISTENING[0]

    def listen_to(self, what: str) -> None:
        """Send something else to the device, as late and as loud as the binaural sound; what is recorded stays.

        Raises
        ------
        SettingsError
            When there is nothing of this name, see `can_listen_to`.
        """
        choices = self.can_listen_to
        if what not in choices:
            raise SettingsError(f"there is no '{what}' to listen to; accepted: {', '.join(choices)}")
        if self._pipeline is not None:
            self._pipeline.engine.monitor.listen_to(choices[choices.index(what)])

    def reset_counters(self) -> None:
        """Count from zero again: xruns, late blocks and inferences, ages and durations."""
        if self._pipeline is None:
            return
        pipeline = self._pipeline
        self._start_position = pipeline.engine.position
        self._started_s = time.monotonic()
        pipeline.engine.reset_counters()
        pipeline.spatialiser.reset_counters()
        pipeline.chain.reset_counters()
        self._masks_before = pipeline.analysis.masks
        self._late_before = pipeline.analysis.late_inferences
        pipeline.stream.durations.reset()
        pipeline.vision.durations.reset()

    def _load(self) -> None:
        settings = self.settings
        if settings.driver != "null":
            # First, for what follows may have to be compiled.
            check_devices(settings.input, settings.output, settings.sample_rate, want_input=settings.clip is None)
        network = open_network(settings.model, settings.provider)
        if settings.clip is not None:
            self._player = Player(
                Clip.open(settings.clip), settings.sample_rate, settings.block_size, loop=settings.loop
            )
            if not self._player.clip.has_picture:
                self._notices.append(f"clip '{settings.clip}' has no picture: the network hears but does not see")
        source = self._player.source if self._player else None
        pipeline = Pipeline(
            network, settings.sample_rate, settings.block_size, settings.mode, source=source, plan=settings.plan
        )
        self._pipeline = pipeline
        if self._player:
            self._player.prime(pipeline.vision)

    def _shares_device(self, before: Host) -> bool:
        """Whether the other host's device can go on with this one: nothing about the sound is to be another."""
        mine, others = self.settings, before.settings
        return (
            before._stopped_s is None
            and mine.driver != "null"
            and all(getattr(mine, name) == getattr(others, name) for name in DEVICE_SETTINGS)
            and (mine.clip, mine.record, mine.record_folder) == (None, None, None)
            and others.clip is None
        )

    def _open(self, before: Host | None) -> None:
        settings, pipeline = self.settings, self._pipeline
        assert pipeline is not None
        guard = self._guarded(pipeline) if before is None else None
        if guard is not None:
            self._recordings.open_file(pipeline)
            self._recordings.check_folder(pipeline, guard.driver)
        pipeline.vision.start()
        if self._player is None and settings.camera is not None and self._camera is None:
            self._open_camera(settings.camera, pipeline)
        self._recordings.open_folder(pipeline)
        pipeline.analysis.start()
        self._started_s = time.monotonic()
        if before is not None and not self._inherit(before, pipeline):
            before.release()
            guard = self._guarded(pipeline)
        if guard is not None:
            guard.start()
        if self._player:
            self._player.start(self._show, pipeline.engine)

    def _guarded(self, pipeline: Pipeline) -> DeviceGuard:
        """The device, opened."""
        self._guard = DeviceGuard(pipeline.engine, Opening(self.settings, pipeline.engine))
        return self._guard

    def _inherit(self, before: Host, pipeline: Pipeline) -> bool:
        """Let the other host's device go on with this one; False where it is away."""
        guard = before._guard
        if guard is None or not guard.hand_over(pipeline.engine):
            return False
        self._guard, before._has_heir = guard, True
        before.release()
        return True

    def _open_camera(self, source: str, pipeline: Pipeline) -> None:
        """Recordings begin with a picture, and so wait for it."""
        self._camera = Camera(source, on_image=lambda image: self._show(image, pipeline.engine.position))
        try:
            self._camera.start(wait=self._recordings.wanted)
        except CameraError as error:
            if self.settings.record_folder is not None:
                raise
            self._notices.append(f"{error}; {PICTURELESS}")

    def _take_camera(self, before: Host) -> None:
        """One that is open already goes on, instead of being closed and opened."""
        camera, pipeline = before._camera, self._pipeline
        wanted = None if self.settings.clip is not None else self.settings.camera
        if camera is None or pipeline is None or not camera.active or camera.source != wanted:
            return
        before._camera, self._camera = None, camera
        camera.on_image = lambda image: self._show(image, pipeline.engine.position)
        if (newest := camera.newest(peek=True)) is not None:
            self._show(newest[2], pipeline.engine.position)

    def _show(self, image: NDArray[np.uint8], position: int) -> None:
        """An image of camera or clip, to all who look. Their threads."""
        if self._pipeline is not None:
            self._pipeline.vision.show(image, position)
        self._recordings.show(image, position)

    def _finished(self, pipeline: Pipeline, guard: DeviceGuard) -> bool:
        """Whether the clip's last sample has left the device, or never will."""
        if self._player is None:
            return False
        return self._player.finished(self._heard(pipeline, guard.driver)) or (self._player.ended and not guard.active)

    def _heard(self, pipeline: Pipeline, driver: Driver) -> int:
        """The stream's sample that is heard now."""
        return pipeline.engine.position - pipeline.latency - driver.output_latency

    def _collect_notices(self, pipeline: Pipeline, guard: DeviceGuard) -> None:
        current = (
            *guard.notices,
            pipeline.analysis.trouble,
            pipeline.vision.trouble,
            pipeline.network.trouble,
            self._camera_notice(),
            self._player.trouble if self._player else "",
            *self._recordings.notices,
            *(slot.trouble for slot in pipeline.chain.slots()),
        )
        self._notices += [notice for notice in current if notice and notice not in self._notices]

    def _camera_notice(self) -> str:
        camera = self._camera
        if camera is None or not (notice := camera.notice):
            return ""
        return notice if camera.images else f"{notice}; {PICTURELESS}"

    def _levels(self) -> tuple[float, float, float]:
        _, newest = self.scope(round(LEVEL_S * self.settings.sample_rate))
        peaks = np.maximum(np.abs(newest).max(1), 10 ** (SILENCE_DB / 20))
        mono, left, right = (round(float(20 * np.log10(peak)), 1) for peak in peaks)
        return mono, left, right
