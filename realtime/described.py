"""What is known of a plugin without opening it, as a value that a file can hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from realtime.plugin import Parameter


@dataclass(frozen=True)
class Described:
    """One plugin, or one file that should have been one.

    Attributes
    ----------
    identifier
        See `realtime.registry`; the same on every machine that has the plugin.
    name, maker
        For people.
    kind
        "built-in", "python", "ladspa", "clap" or "vst3".
    path
        Of its file or bundle; "" where it has none of its own.
    parameters
        At 48 kHz, where they depend on the rate.
    latency
        Samples at 48 kHz as it begins; None when it is not known.
    trouble
        One line that says why it cannot be used; empty when it can.
    """

    identifier: str
    name: str
    maker: str
    kind: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    latency: int | None = None
    trouble: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> Described:
        """The inverse of `plain`.

        Raises
        ------
        TypeError, KeyError
            When it is something else.
        """
        values = dict(plain)
        parameters = [dict(parameter) for parameter in values.pop("parameters")]
        for parameter in parameters:
            parameter["choices"] = tuple(parameter["choices"])
        return cls(parameters=tuple(Parameter(**parameter) for parameter in parameters), **values)
