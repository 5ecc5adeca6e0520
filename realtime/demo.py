"""The demonstration: the bundled clip through the live host, to headphones and a window where there are any.

Run as `make demo`, or `python -m realtime.demo [FOLDER]`. Leaves FOLDER/demo.wav, the binaural recording, and
FOLDER/demo.png, spectrograms and latencies.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from realtime.devices import audio_devices
from realtime.errors import DeviceError, EarsightError, RecordingError
from realtime.host import Host
from realtime.settings import Settings
from realtime.stats import Snapshot, write_json

FOLDER = Path("demo-output")
POLL_S = 0.1


def demo_clip() -> Path:
    """The clip that comes with the program: a crow on the left and a cello on the right, with binaural sound."""
    return Path(str(resources.files("realtime"))) / "assets" / "demo.mp4"


def has_display() -> bool:
    """Whether a window can be opened."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    # Qt ends the process when it cannot open a window: let it try in another one.
    attempt = "from PySide6.QtWidgets import QApplication; QApplication([])"
    return subprocess.run([sys.executable, "-c", attempt], capture_output=True, check=False).returncode == 0


def has_output() -> bool:
    """Whether there is an audio device to play to."""
    try:
        return any(device.outputs for device in audio_devices())
    except DeviceError:
        return False


def run_demo(folder: Path, *, window: bool) -> Snapshot:
    """Play the clip once, record it, draw it.

    Parameters
    ----------
    folder
        Made if it is missing; demo.wav, demo.png and demo.json in it are replaced.
    window
        Show the window while it plays.

    Returns
    -------
    snapshot
        Of the end.

    Raises
    ------
    EarsightError
        When the clip, the model or the folder cannot be used.
    """
    from realtime.demo_picture import draw

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"folder '{folder}' cannot be made ({error.strerror}); name another") from error
    recording = folder / "demo.wav"
    driver = "portaudio" if has_output() else "null"
    if driver == "null":
        print("no audio output here; playing at the same pace without one", file=sys.stderr)
    settings = Settings(clip=demo_clip(), record=recording, overwrite=True, driver=driver)
    snapshot = _play_in_window(settings) if window else _play(settings)
    draw(recording, snapshot, folder / "demo.png")
    write_json(folder / "demo.json", snapshot.as_dict())
    return snapshot


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration and say where things are; the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    folder = Path(arguments[0]) if arguments else FOLDER
    try:
        snapshot = run_demo(folder, window=has_display())
    except EarsightError as error:
        print(f"earsight: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    latency, rate = snapshot.latency, snapshot.sample_rate
    print(f"binaural recording   {folder / 'demo.wav'}")
    print(f"picture              {folder / 'demo.png'}")
    print(f"figures              {folder / 'demo.json'}")
    print(
        f"latency              {latency.total} samples, {1000 * latency.total / rate:.2f} ms: "
        f"device {latency.device_input + latency.device_output}, network's filter {latency.algorithmic}"
    )
    print(
        f"while it played      {snapshot.xruns} xruns, {snapshot.masks_per_s:.0f} masks a second, "
        f"mask age p99 {snapshot.mask_age_ms.p99:.0f} ms, callback p99 {snapshot.callback_us.p99:.0f} us"
    )
    return 0


def _play(settings: Settings) -> Snapshot:
    host = Host(settings)
    host.start()
    try:
        snapshot = host.snapshot()
        print(f"playing {settings.clip} to {snapshot.output}", file=sys.stderr)
        while not snapshot.finished and snapshot.running:
            time.sleep(POLL_S)
            snapshot = host.snapshot()
    finally:
        host.stop()
    return host.snapshot()


def _play_in_window(settings: Settings) -> Snapshot:
    from gui.app import main as open_window

    hosts: list[Host] = []

    def make(chosen: Settings) -> Host:
        hosts.append(Host(chosen))
        return hosts[-1]

    factory: Callable[[Settings], Host] = make
    open_window(settings, start=True, host_factory=factory, close_at_end=True)
    snapshot = hosts[-1].snapshot() if hosts else Snapshot()
    if not snapshot.blocks:
        raise EarsightError(f"the clip did not play in the window; {'; '.join(snapshot.notices) or 'run it again'}")
    return snapshot


if __name__ == "__main__":
    sys.exit(main())
