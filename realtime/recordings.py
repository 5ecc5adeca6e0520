"""What a host writes while it plays: a file of the sound, a folder of clips to train on, both or neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from realtime.drivers import Driver
from realtime.errors import CameraError, DeviceError, SettingsError
from realtime.pipeline import Pipeline
from realtime.recorder import Recorder
from realtime.settings import Settings
from realtime.take_folder import TakeFolder
from realtime.takes import CLIP_LENGTH_S, Takes

EARS = 2


class Recordings:
    """From `open_file` and `open_folder`, each where the settings want it, to `stop`. Main thread; `show` on any."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._recorder: Recorder | None = None
        self._takes: Takes | None = None

    @property
    def wanted(self) -> bool:
        """Whether anything is to be written."""
        return self._settings.record is not None or self._settings.record_folder is not None

    def open_file(self, pipeline: Pipeline) -> None:
        """Begin to write the sound, with the picture that is there already.

        Raises
        ------
        RecordingError
            When the file cannot be written.
        """
        settings = self._settings
        if settings.record is None:
            return
        self._recorder = Recorder(
            pipeline.engine.output,
            settings.record,
            settings.sample_rate,
            force=settings.overwrite,
            latency=lambda: pipeline.latency,
            picture_lag_ms=settings.picture_lag_ms or 0.0,
        )
        self._recorder.start()
        if pipeline.vision.picture is not None:
            self._recorder.show(pipeline.vision.picture, pipeline.engine.position)

    def check_folder(self, pipeline: Pipeline, driver: Driver) -> None:
        """Refuse a folder of clips where there is not what makes one.

        Raises
        ------
        SettingsError, CameraError, DeviceError
            When a clip is played, there is no camera, or fewer than two input channels.
        """
        if self._settings.record_folder is None:
            return
        if self._settings.clip is not None:
            raise SettingsError("a folder records microphones and camera; record a clip's sound to a .wav or .flac")
        if self._settings.camera is None:
            raise CameraError("recording to a folder needs a camera and there is none; choose one: --camera N|URL|FILE")
        channels = pipeline.engine.input_channels
        if channels < EARS:
            raise DeviceError(
                f"'{driver.name_input}' has {channels} input channels; recording to a folder needs {EARS}, "
                "a microphone in each ear; choose another with --input, run: earsight devices"
            )

    def open_folder(self, pipeline: Pipeline) -> None:
        """Begin to write clips.

        Raises
        ------
        RecordingError
            When the folder cannot be written to.
        """
        settings = self._settings
        if settings.record_folder is None:
            return
        self._takes = Takes(
            pipeline.engine.tap_input(),
            TakeFolder(settings.record_folder, force=settings.overwrite),
            settings.sample_rate,
            clip_length_s=CLIP_LENGTH_S if settings.clip_length_s is None else settings.clip_length_s,
            clap=settings.clap,
            picture_lag_ms=settings.picture_lag_ms,
        )
        self._takes.start()

    def show(self, image: NDArray[np.uint8], position: int) -> None:
        """An image (H, W, 3) RGB, taken at a stream position."""
        if self._takes is not None:
            self._takes.show(image)
        if self._recorder is not None:
            self._recorder.show(image, position)

    @property
    def notices(self) -> tuple[str, ...]:
        """What went wrong, one line each."""
        return tuple(line for part in (self._recorder, self._takes) if part is not None for line in part.notices)

    @property
    def text(self) -> str:
        """Where to, and what became of it, in words; "" for nowhere."""
        if self._takes is not None:
            return f"{self._takes.folder.path} ({self._takes.clips} clips)"
        if self._recorder is None:
            return ""
        dropped = self._recorder.dropped
        return f"{self._recorder.path}" + (f" ({dropped} images left out)" if dropped else "")

    def stop(self) -> None:
        """Complete what is written; idempotent."""
        for part in (self._recorder, self._takes):
            if part is not None:
                part.stop()
