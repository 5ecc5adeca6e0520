"""Naming: the streaming network's picture and sound are taught the same names, so that what belongs together agrees.

A key says which class stands at its place, a query which class its bin belongs to, both by their products with one list
of class vectors. Where both are right, key and query lie in the same direction, and the bin attends to the place. The
list is trained beside the network and left behind at export.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.batches import NOTHING, UNKNOWN
from models.scenes.classes import NUMBERS

NOTHING_WEIGHT = 0.1
"""Of a part of the picture where nothing stands: most are such."""


class Naming(nn.Module):
    """Class vectors and the two errors of naming.

    Parameters
    ----------
    features
        Of a key's part that comes from the picture, and of a query's that goes with it.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.classes = nn.Parameter(torch.randn(len(NUMBERS), features) / features**0.5)
        self.often_seen = nn.Parameter(torch.zeros(len(NUMBERS) + 1))
        self.often_heard = nn.Parameter(torch.zeros(len(NUMBERS)))

    def seen(self, features: Tensor, looks: Tensor) -> Tensor:
        """Cross-entropy of naming what stands where: `Streaming.visual`'s (B, features + 1, 7, 28), `Batch.looks`."""
        logits = functional.pad(features[:, :-1].permute(0, 2, 3, 1) @ self.classes.T, (0, 1)) + self.often_seen
        named = torch.where(looks == NOTHING, len(NUMBERS), looks)
        weight = torch.ones(len(NUMBERS) + 1, device=logits.device)
        weight[-1] = NOTHING_WEIGHT
        logits, named = logits.float().flatten(0, 2), named.flatten()
        summed = functional.cross_entropy(logits, named, weight, reduction="sum", ignore_index=UNKNOWN)
        return summed / weight[named[named != UNKNOWN]].sum().clamp(min=1e-6)

    def heard(self, queries: Tensor, classes: Tensor, weight: Tensor) -> Tensor:
        """Cross-entropy of naming what bins belong to.

        Parameters
        ----------
        queries
            (B, T, K, features): their part that goes with the picture's.
        classes
            (B, K, T) number of each bin's class, below 0 where there is none.
        weight
            (B, K, T).
        """
        logits = (queries @ self.classes.T + self.often_heard).float()
        weight = (weight * (classes >= 0)).transpose(1, 2).flatten()
        named = classes.clamp(min=0).transpose(1, 2).flatten()
        errors = functional.cross_entropy(logits.flatten(0, 2), named, reduction="none")
        return (weight * errors).sum() / (weight.sum() + 1e-6)
