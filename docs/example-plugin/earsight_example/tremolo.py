"""Tremolo: the level falls and rises, some times a second."""

import math

import numpy as np

from realtime.plugin import Format, Parameter, parameter_of


class Tremolo:
    name = "Tremolo"
    parameters = (
        Parameter("rate_hz", "Rate", 0.1, 20.0, 4.0, "Hz", "log"),
        Parameter("depth_percent", "Depth", 0.0, 100.0, 50.0, "%"),
    )
    latency = 0

    def __init__(self) -> None:
        self.values = {parameter.name: parameter.default for parameter in self.parameters}

    def prepare(self, form: Format) -> None:
        self.sample_rate = form.sample_rate
        self.reset()

    def reset(self, position: int = 0) -> None:
        self.phase = 0.0
        self.depth = self.values["depth_percent"] / 100

    def get(self, name: str) -> float:
        return self.values[parameter_of(self, name).name]

    def set(self, name: str, value: float) -> None:
        self.values[name] = parameter_of(self, name).accept(value)

    def save(self) -> dict:
        return {}

    def load(self, state: dict) -> None:
        pass

    def process(self, block: np.ndarray, out: np.ndarray) -> None:
        n = block.shape[1]
        step = 2 * math.pi * self.values["rate_hz"] / self.sample_rate
        newest = self.values["depth_percent"] / 100
        depth = np.linspace(self.depth, newest, n)
        fall = 0.5 - 0.5 * np.cos(self.phase + step * np.arange(n))
        out[:] = block * (1 - depth * fall)
        self.phase = (self.phase + step * n) % (2 * math.pi)
        self.depth = newest
