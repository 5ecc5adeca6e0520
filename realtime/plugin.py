"""What the compiled callback asks of a plugin that runs inside it."""

from __future__ import annotations

from typing import Protocol


class KernelPlugin(Protocol):
    """A plugin with a compiled function `void run(void *state, const float *const *in, float *const *out, int64_t n)`.

    The callback calls it with two input channels and two output channels, float32 (n,) each, none of them shared; the
    first plugin of a chain finds the mono sound on both inputs. The function must neither lock, allocate nor wait.
    """

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def latency(self) -> int:
        """Samples by which the output is later than the input."""
        ...

    @property
    def kernel_address(self) -> int:
        """Of the compiled function; valid as long as the plugin lives."""
        ...

    @property
    def state_address(self) -> int:
        """Handed to the function at each call; valid as long as the plugin lives."""
        ...

    def reset(self, position: int = 0) -> None:
        """Forget the sound so far; the next sample is number `position` of the stream. Not while the callback runs."""
        ...
