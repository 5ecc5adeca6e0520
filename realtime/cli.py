"""The program `earsight`: puts the commands together and turns every failure into one line and an exit code.

Commands live in `realtime/commands/`, one file per noun. Nothing heavy is imported before a command runs, so that
`earsight --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from realtime.commands import bench, listen, machine, networks, offline, separation
from realtime.errors import EarsightError, one_line

ANY_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For bench, whose programs read what follows."""

app = typer.Typer(
    name="earsight",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(listen.live)
app.command()(listen.play)
app.command()(offline.render)
app.command()(separation.separate)
app.command()(machine.devices)
app.command()(machine.doctor)
app.command()(machine.plugins)
app.command()(networks.scenes)
app.command()(networks.train)
app.command()(networks.evaluate)
app.command()(networks.export)
app.command(context_settings=ANY_ARGUMENTS)(bench.bench)


def _print_version(wanted: bool) -> None:
    if wanted:
        from realtime.stats import program_version

        typer.echo(program_version())
        raise typer.Exit


@app.callback(invoke_without_command=True)
def earsight(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Makes mono sound binaural in real time, using what the camera sees.

    Without a command, the window opens.
    """
    if context.invoked_subcommand is None:
        listen.window()


def main() -> None:
    """Entry point of the program. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader has gone; without this, Python complains once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _run() -> None:
    try:
        app()
    except EarsightError as error:
        typer.echo(f"earsight: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        # A path that the system does not take, such as a name that is too long.
        typer.echo(f"earsight: {one_line(f'{error.filename}: {error.strerror}')}; check the path", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
