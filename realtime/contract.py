"""The contract test of plugins: what every plugin must do, ours and everybody's.

In a test of your own::

    from realtime.contract import check_plugin

    def test_it_keeps_the_contract():
        check_plugin(MyPlugin)
"""

from __future__ import annotations

import ctypes
import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np
from numba.core.runtime import _nrt_python  # pyright: ignore[reportAttributeAccessIssue]  # switches numba's count on
from numba.core.runtime.nrt import rtsys
from numpy.typing import NDArray

from realtime.errors import SettingsError
from realtime.plugin import CHANNELS, BlockPlugin, Format, KernelPlugin, Plugin, is_kernel

SAMPLE_RATE = 48_000
BLOCK_SIZES = (1, 64, 65, 480, 512, 8193)
"""One sample, a usual block, an odd one, 10 ms, a long one, and longer than any."""
SAMPLES = 12_000
SAME = 2e-6
"""Largest difference, of full scale, that is rounding in another order."""
ONSET = 0.1
"""The response to an impulse has begun where it first has this share of its largest value."""

_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
Make = Callable[[], Plugin]


def check_plugin(make: Make, *, same: float = SAME, onset_tolerance: int = 0) -> None:
    """Check all of the contract.

    Parameters
    ----------
    make
        Gives a new plugin, not yet prepared.
    same
        Largest difference between two ways that should give the same.
    onset_tolerance
        Samples by which the response to an impulse may begin off the stated latency, for plugins that delay by design.

    Raises
    ------
    AssertionError
        Naming what does not hold.
    """
    check_parameters(make)
    check_streaming(make, same)
    check_channels(make, same)
    check_reset(make, same)
    check_extremes(make)
    check_bad_input(make, same)
    check_latency(make, onset_tolerance)
    check_state(make, same)
    check_allocation(make)


def check_parameters(make: Make) -> None:
    """Names are told apart, defaults are where it begins, values come back, and what is not accepted is refused."""
    plugin = make()
    names = [parameter.name for parameter in plugin.parameters]
    assert len(set(names)) == len(names), f"{plugin.name} has two parameters of one name"
    for parameter in plugin.parameters:
        assert plugin.get(parameter.name) == parameter.default, f"{parameter.name} does not begin at its default"
        for value in (parameter.low, parameter.high):
            plugin.set(parameter.name, value)
            assert np.isclose(plugin.get(parameter.name), value), f"{parameter.name} does not keep {value}"
        for value in (parameter.high + 1.0, float("nan")):
            _refuses(plugin, parameter.name, value)
    _refuses(plugin, "no such parameter", 0.0)


def check_streaming(make: Make, same: float = SAME) -> None:
    """Any block size, and any change of it, gives what one block of everything gives, each after its own latency."""
    sound = noise(SAMPLES)
    whole = _on_time(prepared(make, SAMPLES), sound, SAMPLES)
    for size in BLOCK_SIZES:
        cut = _on_time(prepared(make, size), sound, size)
        _alike(cut, whole, same, f"blocks of {size} do not give what one block gives")
    changing = _on_time(prepared(make, max(BLOCK_SIZES)), sound, itertools.cycle(BLOCK_SIZES))
    _alike(changing, whole, same, "blocks that change their size do not give what one block gives")


def check_channels(make: Make, same: float = SAME) -> None:
    """What comes in is left as it is, and both inputs may be one and the same memory."""
    sound = noise(SAMPLES)
    sound[1] = sound[0]
    apart = run(prepared(make, SAMPLES), sound, SAMPLES)
    plugin = prepared(make, SAMPLES)
    shared = np.broadcast_to(sound[:1], sound.shape) if is_kernel(plugin) else sound.copy()
    out = np.full_like(sound, np.nan)
    _process(plugin, shared, out)
    assert np.array_equal(shared, sound), f"{plugin.name} changes the sound that it is given"
    _alike(out, apart, same, "two inputs in one memory do not give what two alike give")


def check_reset(make: Make, same: float = SAME) -> None:
    """After `reset` it is as new, at any position of the stream."""
    sound = noise(SAMPLES)
    plugin = prepared(make, 512)
    first = run(plugin, sound, 512)
    for position in (0, 10 * SAMPLES):
        plugin.reset(position)
        _alike(run(plugin, sound, 512), first, same, f"reset to {position} does not restore")


def check_extremes(make: Make) -> None:
    """With every parameter at either end, loud, silent and hardly audible sound stays finite."""
    square = np.sign(noise(SAMPLES) + np.float32(1e-9)).astype(np.float32)
    sounds = (square, np.zeros_like(square), square * np.float32(1e-30))
    for end in ("low", "high"):
        plugin = make()
        for parameter in plugin.parameters:
            plugin.set(parameter.name, getattr(parameter, end))
        plugin.prepare(Format(SAMPLE_RATE, 512))
        for sound in sounds:
            assert np.isfinite(run(plugin, sound, 512)).all(), f"not finite with all parameters {end}"


def check_bad_input(make: Make, same: float = SAME) -> None:
    """What is not a number does not outlive a reset."""
    sound = noise(SAMPLES)
    whole = run(prepared(make, 512), sound, 512)
    plugin = prepared(make, 512)
    bad = sound.copy()
    bad[:, 100:200] = np.nan
    bad[:, 300] = np.inf
    run(plugin, bad, 512)
    plugin.reset()
    _alike(run(plugin, sound, 512), whole, same, "what was not a number outlives a reset")


def check_latency(make: Make, tolerance: int = 0) -> None:
    """An impulse comes out as late as stated."""
    at = 1000
    plugin = prepared(make, 64)
    sound = np.zeros((CHANNELS, at + plugin.latency + SAMPLES), np.float32)
    sound[:, at] = 0.5
    response = np.abs(run(plugin, sound, 64)).max(0)
    assert response.max() > 0, "an impulse does not come out"
    late = int(np.flatnonzero(response >= ONSET * response.max())[0]) - at
    assert abs(late - plugin.latency) <= tolerance, f"it is {late} samples late and states {plugin.latency}"


def check_state(make: Make, same: float = SAME) -> None:
    """A second one that is given the parameters and the state of the first sounds like it; no state is a state too."""
    sound = noise(SAMPLES)
    make().load({})
    first, second = make(), make()
    for number, parameter in enumerate(first.parameters):
        first.set(parameter.name, parameter.low + (parameter.high - parameter.low) * (0.3, 0.6)[number % 2])
    second.load(json.loads(json.dumps(first.save(), allow_nan=False)))
    for parameter in first.parameters:
        second.set(parameter.name, first.get(parameter.name))
    for plugin in (first, second):
        plugin.prepare(Format(SAMPLE_RATE, 512))
    _alike(run(second, sound, 512), run(first, sound, 512), same, "its state does not carry over")


def check_allocation(make: Make) -> None:
    """A kernel takes no memory: not from Python, not from numba."""
    plugin = prepared(make, 64)
    if not is_kernel(plugin):
        return
    call = _caller(cast(KernelPlugin, plugin), noise(64))
    call()
    cast(Any, _nrt_python).memsys_enable_stats()
    tracemalloc.start()
    before = rtsys.get_allocation_stats().alloc
    held, _ = tracemalloc.get_traced_memory()
    for _ in range(100):
        call()
    grown = tracemalloc.get_traced_memory()[0] - held
    taken = rtsys.get_allocation_stats().alloc - before
    tracemalloc.stop()
    # A call through ctypes leaves a few bytes of its own; memory taken at each call would be a hundred times that.
    assert grown < 4096 and taken == 0, f"the kernel takes memory: {grown} bytes of Python's, {taken} pieces of numba's"


def prepared(make: Make, block_size: int) -> Plugin:
    """A new plugin, ready for blocks of a size at 48 kHz."""
    plugin = make()
    plugin.prepare(Format(SAMPLE_RATE, block_size))
    return plugin


def run(plugin: Plugin, sound: NDArray[np.float32], block_size: int | Iterable[int]) -> NDArray[np.float32]:
    """Send sound (2, n) through a prepared plugin in blocks of a size, or of one size after the other; gives (2, n)."""
    sizes = itertools.repeat(block_size) if isinstance(block_size, int) else iter(block_size)
    out = np.full_like(sound, np.nan)
    start = 0
    while start < sound.shape[1]:
        block = np.ascontiguousarray(sound[:, start : start + next(sizes)])
        piece = np.full_like(block, np.nan)
        _process(plugin, block, piece)
        out[:, start : start + block.shape[1]] = piece
        start += block.shape[1]
    return out


def noise(samples: int) -> NDArray[np.float32]:
    """Steady noise at -20 dB RMS with a click and a pause, (2, samples), the same every time."""
    rng = np.random.default_rng(7)
    sound = (0.1 * rng.standard_normal((CHANNELS, samples))).astype(np.float32)
    sound[:, samples // 3] = 0.9
    sound[:, samples // 2 : samples // 2 + samples // 10] = 0.0
    return sound


def _process(plugin: Plugin, block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """One block, and what the plugin may have to do before the next, see `realtime.block_bridge`."""
    if not is_kernel(plugin):
        cast(BlockPlugin, plugin).process(block, out)
        return
    _caller(cast(KernelPlugin, plugin), block, out)()
    if hasattr(plugin, "advance"):
        cast(Any, plugin).advance()


def _on_time(plugin: Plugin, sound: NDArray[np.float32], block_size: int | Iterable[int]) -> NDArray[np.float32]:
    """What becomes of the sound (2, n), its latency taken off: (2, n)."""
    late = np.pad(sound, ((0, 0), (0, plugin.latency)))
    return run(plugin, late, block_size)[:, plugin.latency :]


def _caller(
    plugin: KernelPlugin, block: NDArray[np.float32], out: NDArray[np.float32] | None = None
) -> Callable[[], None]:
    """Make a call of the kernel with the block, which keeps alive what it points to."""
    target = np.empty_like(block) if out is None else out
    function = _FUNCTION(plugin.kernel_address)
    ins, outs = (np.array([row.ctypes.data for row in sound], np.int64) for sound in (block, target))
    arguments = plugin.state_address, ins.ctypes.data, outs.ctypes.data, block.shape[1]

    def call(_alive: Any = (block, target, ins, outs)) -> None:
        function(*arguments)

    return call


def _alike(given: NDArray[np.float32], wanted: NDArray[np.float32], same: float, message: str) -> None:
    assert np.isfinite(given).all(), f"{message}: not finite"
    difference = float(np.abs(given - wanted).max())
    assert difference <= same, f"{message}: {difference:.2g} apart"


def _refuses(plugin: Plugin, name: str, value: float) -> None:
    try:
        plugin.set(name, value)
    except SettingsError:
        return
    raise AssertionError(f"{plugin.name} takes {value} for {name}")
