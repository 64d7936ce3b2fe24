"""How much of everything a run makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    train: int
    """Scenes; every second one gives two pictures, the second with every bottle's state turned around."""
    close: int
    """Close-ups of mouths, each in both states."""
    val: int
    test: int
    large: int
    """Of the test's scenes, unpaired, with the pixels of a small photograph: what the model is held to."""
    classify_side: int
    """Of the picture that the classifier is given; its finder sees a third of it."""
    classify_window: int
    """Of what its reader sees."""
    find_epochs: int
    find_steps: int
    """Batches in an epoch, here and below."""
    read_epochs: int
    read_steps: int
    detect_side: int
    detect_epochs: int
    detect_steps: int
    seed: int = 1


FULL = Plan(
    train=140, close=930, val=40, test=108, large=108, classify_side=672, classify_window=128,
    find_epochs=22, find_steps=100, read_epochs=40, read_steps=120, detect_side=320, detect_epochs=5, detect_steps=50,
)
QUICK = Plan(
    train=8, close=8, val=4, test=4, large=2, classify_side=192, classify_window=64,
    find_epochs=2, find_steps=4, read_epochs=2, read_steps=4, detect_side=96, detect_epochs=1, detect_steps=4,
)
