"""The callback's Fourier transform is numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.fft_kernel import fft, twiddles


def transformed(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """The spectrum of re + i im, which it leaves as they are."""
    re, im = re.copy(), im.copy()
    work, turns = np.empty((2, len(re)), np.float32), twiddles(len(re))
    fft(re, im, work[0], work[1], turns[0], turns[1])
    return re + 1j * im


@pytest.mark.parametrize("size", [1, 2, 4, 8, 16, 128, 2048, 4096])
def test_it_is_numpys_there_and_back(size: int) -> None:
    re, im = np.random.default_rng(size).standard_normal((2, size)).astype(np.float32)
    ours, theirs = transformed(re, im), np.fft.fft(re + 1j * im.astype(np.float64))
    # float32 rounds each of the few steps to 6e-8 of the whole.
    assert np.abs(ours - theirs).max() <= 2e-6 * np.abs(theirs).max()
    swapped = transformed(np.imag(ours), np.real(ours)) / size
    np.testing.assert_allclose(np.imag(swapped), re, atol=2e-6)
    np.testing.assert_allclose(np.real(swapped), im, atol=2e-6)
