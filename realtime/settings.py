"""What the user chose for one run of the host: a value that is checked once and never changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from realtime.chain.plan import Plan
from realtime.errors import SettingsError
from realtime.tracks import FILM_SUFFIXES

MODES = ("filter", "overlap")
PROVIDERS = ("auto", "cuda", "tensorrt", "cpu")
DRIVERS = ("portaudio", "null")
FOLLOW = Path("follow")
"""Where a model file is asked for: no network, but the tracker, see `realtime.follow`."""
SAMPLE_RATES = (8_000, 192_000)
BLOCK_SIZES = (16, 8192)
CLIP_LENGTHS_S = (1.0, 600.0)
PICTURE_LAGS_MS = (-1000.0, 1000.0)


@dataclass(frozen=True)
class Settings:
    """Choices of one run.

    Attributes
    ----------
    input, output
        Part of an audio device's name, or None for the system's default.
    fallback_input, fallback_output
        The same, of what may be used while one of those is away; None for nothing else than those.
    camera
        Camera number, stream URL or video file; None for no camera. A clip brings its own picture instead.
    sample_rate
        Of the device, Hz.
    block_size
        Samples per channel per device callback.
    mode
        "filter" (newest mask as a short filter) or "overlap" (the paper's overlap-add).
    model
        Model file, FOLLOW, or None for the network that ships.
    provider
        ONNX Runtime execution provider: "auto", "cuda", "tensorrt" or "cpu".
    driver
        "portaudio" (a device) or "null" (real pace, no device).
    clip
        A recorded clip to play instead of microphone and camera.
    loop
        Start the clip again at its end.
    record
        File that receives the binaural sound (.wav or .flac), or that and the mono sound and the picture (.mkv or
        .mp4).
    record_folder
        Folder that receives clips of both input channels, left and right ear, and the camera: a data set to train on.
    clip_length_s
        Of those clips, seconds; None for 10.
    clap
        Measure first, from a clap, by how much the picture comes after the sound.
    picture_lag_ms
        The same, known; None for what was last measured for that folder, or for a film 0.
    overwrite
        Whether `record` may replace an existing file, and `record_folder` a split that was not made by recording.
    plan
        The chain of plugins.

    Raises
    ------
    SettingsError
        When a value is not accepted.
    """

    input: str | None = None
    output: str | None = None
    fallback_input: str | None = None
    fallback_output: str | None = None
    camera: str | None = None
    sample_rate: int = 48_000
    block_size: int = 128
    mode: str = "filter"
    model: Path | None = None
    provider: str = "auto"
    driver: str = "portaudio"
    clip: Path | None = None
    loop: bool = False
    record: Path | None = None
    record_folder: Path | None = None
    clip_length_s: float | None = None
    clap: bool = False
    picture_lag_ms: float | None = None
    overwrite: bool = False
    plan: Plan = field(default_factory=Plan)

    def __post_init__(self) -> None:
        for name, value, accepted in (
            ("mode", self.mode, MODES),
            ("provider", self.provider, PROVIDERS),
            ("driver", self.driver, DRIVERS),
        ):
            if value not in accepted:
                raise SettingsError(f"{name} '{value}' is not known; accepted: {', '.join(accepted)}")
        for name, number, (low, high) in (
            ("sample rate", self.sample_rate, SAMPLE_RATES),
            ("block size", self.block_size, BLOCK_SIZES),
            ("clip length in seconds", self.clip_length_s, CLIP_LENGTHS_S),
            ("picture lag in ms", self.picture_lag_ms, PICTURE_LAGS_MS),
        ):
            if number is not None and not low <= number <= high:
                raise SettingsError(f"{name} {number} is out of range; accepted: {low} to {high}")
        if self.record_folder is None and (self.clap or self.clip_length_s is not None):
            raise SettingsError("clip length and clap are of a recorded data set; add --record FOLDER")
        films = self.record is not None and self.record.suffix.lower() in FILM_SUFFIXES
        if self.record_folder is None and self.picture_lag_ms is not None and not films:
            raise SettingsError("the picture lag is of a recorded picture; add --record FOLDER, FILE.mkv or FILE.mp4")
        if self.clap and self.picture_lag_ms is not None:
            raise SettingsError("the picture lag is either measured by a clap or given; leave out one of the two")

    @property
    def hears(self) -> bool:
        """Whether a microphone is opened."""
        return self.clip is None and self.driver != "null"

    @property
    def sees(self) -> bool:
        """Whether a camera is opened."""
        return self.clip is None and self.camera is not None
