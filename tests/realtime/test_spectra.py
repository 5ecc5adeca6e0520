"""The numpy STFT is torch's (and librosa's), and its inverse gives the signal back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from realtime.spectra import HOP, N_FFT, WINDOW, Padding, istft, stft


@pytest.mark.parametrize("padding", ["reflect", "constant"])
@pytest.mark.parametrize("length", [257, 1600, 10_080, 16_001])
def test_it_equals_torch(padding: Padding, length: int) -> None:
    signal = np.random.default_rng(length).standard_normal((2, length))
    expected = torch.stft(
        torch.from_numpy(signal),
        N_FFT,
        HOP,
        WINDOW,
        torch.hann_window(WINDOW, dtype=torch.float64),
        pad_mode=padding,
        return_complex=True,
    )
    np.testing.assert_allclose(stft(signal, padding), expected.numpy(), atol=1e-11)


@pytest.mark.parametrize("length", [1, 160, 1600, 16_001])
def test_the_inverse_gives_the_signal_back(length: int) -> None:
    signal = np.random.default_rng(length).standard_normal(length)
    np.testing.assert_allclose(istft(stft(signal), length), signal, atol=1e-11)
