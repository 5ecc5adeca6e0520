"""VST3 plugins, through pedalboard: block plugins, since pedalboard is called from Python."""

from __future__ import annotations

import base64
import importlib
import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from realtime.described import Described
from realtime.errors import PluginError
from realtime.native.vst3_controls import Control, controls
from realtime.plugin import Format, Parameter, parameter_of

LOAD_S = 30.0
"""What loading may take. Most plugins take a tenth of a second, a reverb with long impulse responses half a minute."""
_SHORTEST = 64
"""pedalboard tells samples from channels by there being more of them, and remembers it for shorter blocks."""
_RATE = 48_000
_Result = TypeVar("_Result")


class Vst3:
    """One VST3 effect. A plugin with one channel is loaded twice, once for each side.

    Loading, `prepare`, `reset` and `load` are done on a thread of their own, which the caller waits for: pedalboard's
    plugins may only be made anew on the thread that made the first one.

    Parameters
    ----------
    path
        Of the .vst3 file or bundle.
    name
        Of the plugin, where the file holds several.
    timeout_s
        Seconds that loading may take. A plugin that hangs goes on doing so, and no other can be loaded meanwhile; one
        that may hang or crash is best described in a process of its own first, see `realtime.native.scan`.

    Raises
    ------
    PluginError
        When pedalboard is missing, the file holds no such plugin, it takes no sound, or it takes too long.
    """

    def __init__(self, path: Path | str, name: str = "", *, timeout_s: float = LOAD_S) -> None:
        self.path = Path(path)
        self._sides: list[Any] = _on_vst3_thread(lambda: _load(self.path, name), self.path, timeout_s)
        # They end on the thread on which they began.
        weakref.finalize(self, _thread().put, (self._sides.clear, Future())).atexit = False
        self._controls: tuple[Control, ...] = controls(self._sides[0]._parameters)
        self._values = {control.parameter.name: control.parameter.default for control in self._controls}
        self._sample_rate, self._buffer = _RATE, _SHORTEST
        self.latency = int(self._sides[0].reported_latency_samples)

    @property
    def name(self) -> str:
        return str(self._sides[0].name)

    @property
    def identifier(self) -> str:
        """The same on every machine that has the plugin."""
        return _identifier(self._sides[0])

    @property
    def maker(self) -> str:
        return str(self._sides[0].manufacturer_name)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(control.parameter for control in self._controls)

    def prepare(self, form: Format) -> None:
        """As `Plugin` says. The latency is what the plugin states at this rate, with its parameters as they are."""
        self._sample_rate, self._buffer = form.sample_rate, max(form.block_size, _SHORTEST)
        self.reset()
        self.latency = int(self._sides[0].reported_latency_samples)

    def reset(self, position: int = 0) -> None:
        """As `Plugin` says."""
        del position
        _on_vst3_thread(self._clear, self.path)

    def get(self, name: str) -> float:
        """As `Plugin` says."""
        return self._values[parameter_of(self, name).name]

    def set(self, name: str, value: float) -> None:
        """As `Plugin` says; whether it glides is up to the plugin."""
        number = self.parameters.index(parameter_of(self, name))
        control = self._controls[number]
        value = control.parameter.accept(value)
        for side in self._sides:
            side._get_parameter(control.key).raw_value = control.raw(value)
        self._values[name] = value

    def save(self) -> dict[str, Any]:
        """The plugin's own state, which holds its parameters too, as they were in the newest block."""
        return {"raw_state": base64.b64encode(self._sides[0].raw_state).decode("ascii")}

    def load(self, state: dict[str, Any]) -> None:
        """As `Plugin` says; the parameters are then the state's.

        Raises
        ------
        PluginError
            When it is not what `save` gave.
        """
        if not state:
            return
        try:
            raw = base64.b64decode(state["raw_state"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise PluginError(f"the saved state of {self.name} is damaged; set its parameters again") from error
        _on_vst3_thread(lambda: self._restore(raw), self.path)

    def process(self, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """As `BlockPlugin` says.

        Raises
        ------
        PluginError
            When the plugin has changed its latency meanwhile.
        """
        pieces = (block,) if len(self._sides) == 1 else (block[0], block[1])
        for number, (side, piece) in enumerate(zip(self._sides, pieces, strict=True)):
            done = side.process(np.ascontiguousarray(piece), self._sample_rate, self._buffer, False)
            if side.reported_latency_samples != self.latency:
                raise PluginError(f"its latency is no longer {self.latency} samples; remove it and add it again")
            # pedalboard leaves out what comes before the first sample has gone through.
            target = out if len(self._sides) == 1 else out[number]
            missing = block.shape[1] - done.shape[-1]
            target[..., :missing] = 0.0
            target[..., missing:] = done

    def _clear(self) -> None:
        """Forget the sound, and make ready for blocks as long as there may be: a longer one would begin anew."""
        for side in self._sides:
            side.reset()
            side.process(_silence(len(self._sides), self._buffer), self._sample_rate, self._buffer, False)

    def _restore(self, raw: bytes) -> None:
        for side in self._sides:
            side.raw_state = raw
        for control in self._controls:
            self._values[control.parameter.name] = control.value(self._sides[0]._get_parameter(control.key).raw_value)


def describe(path: Path) -> list[Described]:
    """What a .vst3 file or bundle holds. Loads it: in a process that may crash.

    Raises
    ------
    PluginError
        When pedalboard is missing, or it is no VST3 plugin.
    """
    return [_describe(path, name) for name in _on_vst3_thread(lambda: _names(path), path, LOAD_S)]


def _describe(path: Path, name: str) -> Described:
    try:
        plugin = Vst3(path, name)
        plugin.prepare(Format(_RATE, _SHORTEST))
    except PluginError as error:
        return Described(f"vst3:{name}", name, "", "vst3", str(path), trouble=str(error))
    return Described(plugin.identifier, plugin.name, plugin.maker, "vst3", str(path), plugin.parameters, plugin.latency)


def open_described(described: Described) -> Vst3:
    """A plugin that was described.

    Raises
    ------
    PluginError
        When it is not there any more, or has changed.
    """
    return Vst3(described.path, described.name)


def _identifier(side: Any) -> str:
    """JUCE's is VST3-NAME-PATH-PLUGIN, with hashes of the last two; where the plugin lies is left out."""
    return f"vst3:{side.name}:{side.identifier.rpartition('-')[2]}"


def _pedalboard() -> Any:
    """pedalboard, kept from trying out a thousand values of each parameter as it loads, of some by setting each.

    One reverb loads an impulse response for each of them, which took eight minutes.

    Raises
    ------
    PluginError
        When it is not installed.
    """
    try:
        pedalboard = importlib.import_module("pedalboard")
        inner: Any = importlib.import_module("pedalboard._pedalboard")
    except ImportError as error:
        raise PluginError("VST3 plugins need pedalboard; type: pip install 'earsight[vst3]'") from error
    if hasattr(inner, "_PythonExternalPluginMixin"):
        inner._PythonExternalPluginMixin.__set_initial_parameter_values__ = lambda _plugin, _values: None
    return pedalboard


def _names(path: Path) -> list[str]:
    try:
        return list(_pedalboard().VST3Plugin.get_plugin_names_for_file(str(path)))
    except (ImportError, RuntimeError, ValueError) as error:
        raise PluginError(f"'{path}' is no VST3 plugin for this system; give a .vst3 file or folder") from error


def _load(path: Path, name: str) -> list[Any]:
    names = _names(path)
    name = name or names[0]
    if name not in names:
        raise PluginError(f"'{path}' holds no plugin '{name}'; it holds: {', '.join(names)}")
    make: Callable[[], Any] = lambda: _pedalboard().VST3Plugin(str(path), plugin_name=name)  # noqa: E731
    try:
        first = make()
        for count in (1, 2):
            try:
                first.process(_silence(count, _SHORTEST), _RATE, _SHORTEST, True)
            except ValueError:
                continue
            return [first, *(make() for _ in range(count - 1))]
    except (ImportError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise PluginError(f"VST3 plugin '{name}' of '{path}' does not load: {reason}") from error
    raise PluginError(f"VST3 plugin '{name}' of '{path}' takes neither one nor two channels of sound; use an effect")


def _silence(sides: int, samples: int) -> NDArray[np.float32]:
    return np.zeros((2, samples) if sides == 1 else samples, np.float32)


def _on_vst3_thread(task: Callable[[], _Result], path: Path, timeout_s: float = LOAD_S) -> _Result:
    """Do something on the one thread of all VST3 plugins, and wait for it.

    Raises
    ------
    PluginError
        When it takes longer.
    """
    future: Future[_Result] = Future()
    _thread().put((task, future))
    try:
        return future.result(timeout_s)
    except TimeoutError:
        raise PluginError(f"VST3 plugin '{path}' takes longer than {timeout_s:g} s to load; use another") from None


_tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] | None = None
_starting = threading.Lock()


def _thread() -> queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]]:
    """The queue of the thread, started when first asked for; a daemon, since a plugin may hang in it."""
    global _tasks
    with _starting:
        if _tasks is None:
            _tasks = queue.SimpleQueue()
            threading.Thread(target=_do_tasks, args=(_tasks,), name="vst3", daemon=True).start()
    return _tasks


def _do_tasks(tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]]) -> None:
    while True:
        task, future = tasks.get()
        try:
            future.set_result(task())
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            future.set_exception(error)
        del task, future
