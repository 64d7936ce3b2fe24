"""Colours. The held-out palette shares no hue band and no glass with the one trained on."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from canvas import Colour

HUE_BANDS = 12
"""The colour circle is cut into this many bands, taken in turn by the two palettes."""


@dataclass(frozen=True)
class Glass:
    """What a bottle is made of."""

    colour: tuple[float, float, float]
    opacity: float
    """0: like a window; 1: nothing is seen through it."""
    gloss: float
    """Strength of the highlights, 0 to 1."""


@dataclass(frozen=True)
class Palette:
    """The colours that one split of the data may use."""

    first_band: int
    """0 or 1: the even or the odd hue bands."""
    glasses: tuple[Glass, ...]
    skins: tuple[tuple[float, float, float], ...]

    def paint(self, rng: np.random.Generator, saturation: float = 0.75) -> Colour:
        """A colour for caps, labels and clutter: grey one time in three, else of an own hue band."""
        value = rng.uniform(0.08, 0.97)
        if rng.random() < 1 / 3:
            return np.full(3, value, np.float32)
        hue = (self.first_band + 2 * rng.integers(HUE_BANDS // 2) + rng.random()) / HUE_BANDS
        return np.array(colorsys.hsv_to_rgb(hue, rng.uniform(0.2, 1.0) * saturation, value), np.float32)

    def muted(self, rng: np.random.Generator) -> Colour:
        """A quieter colour, for walls and tables."""
        return self.paint(rng, saturation=0.45)

    def glass(self, rng: np.random.Generator) -> Glass:
        return self.glasses[rng.integers(len(self.glasses))]

    def skin(self, rng: np.random.Generator) -> Colour:
        tone = np.array(self.skins[rng.integers(len(self.skins))], np.float32)
        return np.clip(tone * rng.uniform(0.9, 1.1), 0.0, 1.0)


SEEN = Palette(
    first_band=0,
    glasses=(
        Glass((0.93, 0.96, 0.97), 0.08, 0.9),
        Glass((0.78, 0.88, 0.97), 0.12, 0.7),
        Glass((0.16, 0.40, 0.18), 0.45, 0.9),
        Glass((0.33, 0.17, 0.06), 0.55, 0.9),
        Glass((0.08, 0.12, 0.09), 0.80, 1.0),
        Glass((0.93, 0.93, 0.91), 0.95, 0.4),
        Glass((0.15, 0.30, 0.65), 0.50, 0.8),
        Glass((0.70, 0.12, 0.12), 0.97, 0.5),
        Glass((0.25, 0.26, 0.28), 0.97, 0.6),
    ),
    skins=((0.90, 0.72, 0.60), (0.68, 0.47, 0.35), (0.36, 0.23, 0.17)),
)

HELD_OUT = Palette(
    first_band=1,
    glasses=(
        Glass((0.90, 0.97, 0.92), 0.10, 0.8),
        Glass((0.42, 0.46, 0.12), 0.45, 0.9),
        Glass((0.60, 0.34, 0.10), 0.45, 0.9),
        Glass((0.10, 0.36, 0.38), 0.50, 0.8),
        Glass((0.95, 0.80, 0.82), 0.20, 0.7),
        Glass((0.86, 0.82, 0.70), 0.95, 0.4),
        Glass((0.18, 0.10, 0.12), 0.80, 1.0),
    ),
    skins=((0.82, 0.62, 0.50), (0.50, 0.33, 0.24)),
)
