"""Sound now: `live`, `play` and the window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from realtime.commands.options import (
    ChainOption,
    ForceOption,
    Mode,
    ModelOption,
    ProviderOption,
    StatsOption,
    refuse_overwriting,
)
from realtime.errors import CameraError, ClipError, EarsightError, SettingsError

if TYPE_CHECKING:
    from realtime.chain.session import Session
    from realtime.remote.remote import Remote
    from realtime.settings import Settings

OutputOption = Annotated[
    str | None,
    typer.Option(help="Part of the name of the headphones' device.", metavar="NAME", show_default="the system's"),
]
FallbackInputOption = Annotated[
    str | None,
    typer.Option(
        help="Part of the name of a microphone that may be used while the device is away.",
        metavar="NAME",
        show_default="none",
    ),
]
FallbackOutputOption = Annotated[
    str | None,
    typer.Option(
        help="Part of the name of an output that may be used while the device is away.",
        metavar="NAME",
        show_default="none",
    ),
]
SampleRateOption = Annotated[int, typer.Option(help="Of the device, in Hz.")]
BlockSizeOption = Annotated[int, typer.Option(help="Samples per block: smaller is sooner, larger is safer.")]
ModeOption = Annotated[
    Mode, typer.Option(help="filter: about 1 ms of algorithmic latency. overlap: best fidelity, later.")
]
DriverOption = Annotated[
    Literal["portaudio", "null"], typer.Option(help="portaudio: a device. null: the same pace, no device.")
]
RecordOption = Annotated[
    Path | None,
    typer.Option(
        help="Record the binaural sound to this .wav or .flac; with mono and picture to this .mkv or .mp4.",
        metavar="FILE",
        show_default="none",
    ),
]
TakesOption = Annotated[
    str | None,
    typer.Option(
        help="Record the binaural sound to this .wav or .flac; with the microphone and the camera to this .mkv or "
        ".mp4; or to this folder, as a data set to train on, both ears' microphones and the camera.",
        metavar="FILE|FOLDER",
        show_default="none",
    ),
]
ClipLengthOption = Annotated[
    float | None, typer.Option(help="Folder: seconds of each clip.", metavar="S", show_default="10")
]
ClapOption = Annotated[
    bool, typer.Option("--clap", help="Folder: clap once at the start, to measure how the picture lags.")
]
PictureLagOption = Annotated[
    float | None,
    typer.Option(
        help="Folder or film: milliseconds by which the picture comes after the sound.",
        metavar="MS",
        show_default="as last measured there, else 0",
    ),
]
DurationOption = Annotated[
    float | None, typer.Option(help="Stop after so many seconds.", min=0.0, metavar="S", show_default="until Ctrl-C")
]
OscOption = Annotated[
    str | None,
    typer.Option(
        help="Be controlled by OSC at this port, from this computer alone unless HOST says more.",
        metavar="[HOST:]PORT",
        show_default="off",
    ),
]
OscTokenOption = Annotated[
    Path | None,
    typer.Option(
        "--osc-token-file",
        help="File with the token that OSC asks for, in place of the environment's EARSIGHT_OSC_TOKEN; other "
        "computers need one.",
        metavar="FILE",
        show_default="none",
    ),
]
MidiOption = Annotated[
    str | None,
    typer.Option(help="Be controlled by the MIDI input with this in its name.", metavar="NAME", show_default="off"),
]
WindowOption = Annotated[bool, typer.Option(help="Open the window, with these choices.")]


def live(
    input: Annotated[
        str | None,
        typer.Option(help="Part of the name of the microphone's device.", metavar="NAME", show_default="the system's"),
    ] = None,
    output: OutputOption = None,
    fallback_input: FallbackInputOption = None,
    fallback_output: FallbackOutputOption = None,
    camera: Annotated[
        str | None,
        typer.Option(
            help="Camera number, stream URL, video file, or none.",
            metavar="N|URL|FILE|none",
            show_default="0 if there is one",
        ),
    ] = None,
    sample_rate: SampleRateOption = 48_000,
    block_size: BlockSizeOption = 128,
    mode: ModeOption = "filter",
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    driver: DriverOption = "portaudio",
    chain: ChainOption = None,
    record: TakesOption = None,
    clip_length: ClipLengthOption = None,
    clap: ClapOption = False,
    picture_lag: PictureLagOption = None,
    duration: DurationOption = None,
    osc: OscOption = None,
    osc_token: OscTokenOption = None,
    midi: MidiOption = None,
    window: WindowOption = False,
    stats: StatsOption = None,
    force: ForceOption = False,
) -> None:
    """Microphone and camera in, headphones out. Ctrl-C stops."""
    from realtime.settings import Settings

    file, folder = recording(record)
    session = _session(chain)
    choices = dict[str, Any](
        input=input,
        output=output,
        sample_rate=sample_rate,
        block_size=block_size,
        mode=mode,
        model=model,
        provider=provider,
    )
    settings = Settings(
        **_completed(choices, session),
        camera=session.chosen()["camera"] if camera is None and "camera" in session.settings else _camera(camera),
        fallback_input=fallback_input,
        fallback_output=fallback_output,
        plan=session.plan,
        driver=driver,
        record=file,
        record_folder=folder,
        clip_length_s=clip_length,
        clap=clap,
        picture_lag_ms=picture_lag,
        overwrite=force,
    )
    _run(settings, duration, window, stats, force, osc, osc_token, midi)


def play(
    clip: Annotated[Path, typer.Argument(help="A file with sound and picture.", metavar="CLIP", show_default=False)],
    loop: Annotated[bool, typer.Option("--loop", help="Start again at the end.")] = False,
    output: OutputOption = None,
    fallback_output: FallbackOutputOption = None,
    sample_rate: SampleRateOption = 48_000,
    block_size: BlockSizeOption = 128,
    mode: ModeOption = "filter",
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    driver: DriverOption = "portaudio",
    chain: ChainOption = None,
    record: RecordOption = None,
    duration: Annotated[
        float | None,
        typer.Option(help="Stop after so many seconds.", min=0.0, metavar="S", show_default="at the clip's end"),
    ] = None,
    osc: OscOption = None,
    osc_token: OscTokenOption = None,
    midi: MidiOption = None,
    window: WindowOption = False,
    stats: StatsOption = None,
    force: ForceOption = False,
) -> None:
    """A recorded clip through the same host, to the headphones, at its own pace."""
    from realtime.settings import Settings

    if not clip.is_file():
        raise ClipError(f"there is no file '{clip}'; accepted: a file with sound and picture, such as .mp4 or .mkv")
    if record is not None and record.is_dir():
        raise SettingsError(
            f"'{record}' is a folder; a clip's binaural sound is recorded to a file: .wav, .flac, .mkv or .mp4"
        )
    session = _session(chain)
    choices = dict[str, Any](
        output=output,
        sample_rate=sample_rate,
        block_size=block_size,
        mode=mode,
        model=model,
        provider=provider,
    )
    settings = Settings(
        **_completed(choices, session),
        fallback_output=fallback_output,
        plan=session.plan,
        driver=driver,
        clip=clip,
        loop=loop,
        record=record,
        overwrite=force,
    )
    _run(settings, duration, window, stats, force, osc, osc_token, midi)


def window() -> None:
    """Open the window with the last choice that worked there."""
    _open_window(None, start=False)


def _run(
    settings: Settings,
    duration_s: float | None,
    window: bool,
    stats: Path | None,
    force: bool,
    osc: str | None,
    osc_token: Path | None,
    midi: str | None,
) -> None:
    refuse_overwriting((settings.record, stats), force)
    if window and (duration_s is not None or stats is not None):
        raise SettingsError("--duration and --stats do not go with --window; add --no-window or leave them out")
    if osc_token is not None and osc is None:
        raise SettingsError("--osc-token-file is of remote control; add --osc [HOST:]PORT")
    from realtime.remote.gate import chosen_token
    from realtime.remote.remote import Remote

    remote = Remote.open(osc, midi, None if osc is None else chosen_token(osc_token))
    try:
        if window:
            _open_window(settings, start=True, remote=remote)
            return
        from realtime.live import run_live

        code = run_live(settings, duration_s, stats, remote)
    finally:
        remote.close()
    if code:
        raise typer.Exit(code)


def _open_window(settings: Settings | None, *, start: bool, remote: Remote | None = None) -> None:
    try:
        from gui.app import main as open_window
    except ImportError as error:
        if not (error.name or "").startswith("PySide6"):
            raise
        raise EarsightError(f"the window cannot open ({error}); run: earsight doctor") from error

    code = open_window(settings, start=start, remote=remote)
    if code:
        raise typer.Exit(code)


def recording(wanted: str | None) -> tuple[Path | None, Path | None]:
    """The file or the folder that is meant: a folder exists, ends in a slash, or has no suffix."""
    if not wanted:
        return None, None
    path = Path(wanted)
    is_folder = path.is_dir() or wanted.endswith(("/", os.sep)) or not path.suffix
    return (None, path) if is_folder else (path, None)


def _session(chain: Path | None) -> Session:
    """That of the file; without one the network's chain alone."""
    from realtime.chain.session import Session, read_session

    return Session() if chain is None else read_session(chain)


def _completed(choices: dict[str, Any], session: Session) -> dict[str, Any]:
    """The choices, with the session's own where the default stands here."""
    from dataclasses import fields

    from realtime.settings import Settings

    defaults = {field.name: field.default for field in fields(Settings)}
    chosen = session.chosen()
    return {name: chosen.get(name, value) if value == defaults[name] else value for name, value in choices.items()}


def _camera(wanted: str | None) -> str | None:
    """Camera of the settings: what was asked for, else the first one that is there, else None with a notice."""
    if wanted is not None:
        return None if wanted == "none" else wanted
    from realtime.camera import list_cameras

    try:
        cameras = list_cameras()
    except CameraError as error:
        typer.echo(f"earsight: {error}", err=True)
        return None
    if not cameras:
        typer.echo("earsight: no camera was found, the network hears but does not see; choose one: --camera", err=True)
        return None
    return str(cameras[0].index)
