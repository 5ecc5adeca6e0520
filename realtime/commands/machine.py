"""What is there: `devices`, `doctor` and `plugins`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from realtime.commands.options import JsonOption
from realtime.errors import CameraError, DeviceError, EarsightError

if TYPE_CHECKING:
    from realtime.plugin import Parameter


def devices(as_json: JsonOption = False) -> None:
    """Audio devices and cameras of this machine."""
    from realtime.camera import list_cameras
    from realtime.devices import audio_devices

    failures: list[EarsightError] = []
    try:
        audio = audio_devices()
    except DeviceError as error:
        audio = []
        failures.append(error)
    try:
        cameras = list_cameras()
    except CameraError as error:
        cameras = []
        failures.append(error)

    if as_json:
        found = {"audio": [asdict(device) for device in audio], "cameras": [asdict(camera) for camera in cameras]}
        typer.echo(json.dumps(found, indent=2))
    else:
        from rich.console import Console
        from rich.table import Table

        sound = Table(title="Audio", title_justify="left")
        for heading in ("name", "host API", "in", "out", "Hz", "default"):
            sound.add_column(heading, overflow="fold")
        for device in audio:
            default = [word for word, on in _defaults(device.is_default_input, device.is_default_output) if on]
            sound.add_row(
                device.name,
                device.host_api,
                str(device.inputs),
                str(device.outputs),
                f"{device.default_sample_rate:g}",
                ", ".join(default),
            )
        picture = Table(title="Cameras", title_justify="left")
        picture.add_column("number")
        picture.add_column("name", overflow="fold")
        for camera in cameras:
            picture.add_row(str(camera.index), camera.name)
        console = Console()
        console.print(sound if audio else "no audio device was found; run: earsight doctor")
        console.print(picture if cameras else "no camera was found; run: earsight doctor")
    for error in failures:
        typer.echo(f"earsight: {error}", err=True)
    if failures:
        raise typer.Exit(1)


def doctor(as_json: JsonOption = False) -> None:
    """What works on this machine, and what to do about the rest. Exits 1 when Earsight cannot be used."""
    from realtime.doctor import checks, usable

    found = checks()
    if as_json:
        typer.echo(json.dumps({"usable": usable(found), "checks": [asdict(check) for check in found]}, indent=2))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table()
        for heading in ("", "check", "found", "what to do"):
            table.add_column(heading, overflow="fold")
        marks = {True: "[green]ok[/]", False: "[red]no[/]", None: "[yellow]-[/]"}
        for check in found:
            table.add_row(marks[check.ok], check.name, _plain(check.found), _plain(check.cure))
        Console().print(table)
    if not usable(found):
        raise typer.Exit(1)


def plugins(
    as_json: JsonOption = False,
    again: Annotated[bool, typer.Option("--again", help="Look into all native plugins anew.")] = False,
) -> None:
    """Plugins that a chain may hold, with their parameters and latency. Native ones are looked into once."""
    from realtime.registry import FORM, listed

    found = listed(again=again, progress=lambda path: typer.echo(f"looking into {path}", err=True))
    if as_json:
        typer.echo(json.dumps({"plugins": [plugin.plain() for plugin in found]}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in ("plugin", "name", "latency", "parameters, or what is wrong"):
        table.add_column(heading, overflow="fold")
    for plugin in found:
        told = ", ".join(_plain(_range(parameter)) for parameter in plugin.parameters)
        late = "" if plugin.latency is None else f"{1000 * plugin.latency / FORM.sample_rate:.1f} ms"
        trouble = f"[red]{_plain(plugin.trouble)}[/]" if plugin.trouble else ""
        table.add_row(_plain(plugin.identifier), _plain(plugin.name), late, trouble or told)
    Console().print(table)


def _range(parameter: Parameter) -> str:
    if parameter.scale == "switch":
        return parameter.name
    return f"{parameter.name} {parameter.low:g}..{parameter.high:g}"


def _defaults(is_input: bool, is_output: bool) -> tuple[tuple[str, bool], tuple[str, bool]]:
    return ("in", is_input), ("out", is_output)


def _plain(text: str) -> str:
    """Text in which rich reads no markup."""
    from rich.markup import escape

    return escape(text)
