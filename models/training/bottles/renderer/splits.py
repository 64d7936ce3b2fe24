"""What a split may use. Nothing under HELD_OUT is ever used to train or to choose."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Assets:
    """The things one split draws from; a name here is a name in the module that builds it."""

    bottles: tuple[str, ...]
    closures: tuple[str, ...]
    hdris: tuple[str, ...]
    tables: tuple[str, ...]
    walls: tuple[str, ...]
    lamps: tuple[str, ...]
    hues: tuple[tuple[float, float], ...]
    """Ranges of hue (0 to 1) of paints, prints and closures."""
    greys: tuple[float, ...]
    glasses: tuple[tuple[float, float, float], ...]
    """Clear, green, brown, blue, olive; linear RGB."""
    invented: float = 0.0
    """How often a bottle or a closure is of no kind in particular: a random shape of random stuff."""
    closures_first: tuple[str, ...] = ()
    """Closures drawn before the bottle, each as often as the others, so that none is rare; a name may stand here twice."""
    askew: float = 0.15
    """How often an open bottle's closure stands askew on it, where it can."""
    tilts: tuple[float, float] = (0.3, 0.75)
    """How far it leans then, radians."""

    def colour(self, rng: np.random.Generator) -> tuple[float, float, float]:
        """A paint, linear RGB."""
        if rng.random() < 0.3:
            value = float(np.clip(rng.choice(self.greys) * rng.uniform(0.85, 1.15), 0.005, 0.95))
            return value, value * rng.uniform(0.96, 1.0), value * rng.uniform(0.92, 1.0)
        low, high = self.hues[rng.integers(len(self.hues))]
        return colorsys.hsv_to_rgb(rng.uniform(low, high) % 1.0, rng.uniform(0.35, 1.0), rng.uniform(0.05, 0.95))

    def muted(self, rng: np.random.Generator) -> tuple[float, float, float]:
        """A colour of furniture and walls, linear RGB."""
        low, high = self.hues[rng.integers(len(self.hues))]
        return colorsys.hsv_to_rgb(rng.uniform(low, high) % 1.0, rng.uniform(0.0, 0.4), rng.uniform(0.04, 0.85))


SEEN = Assets(
    bottles=(
        "longneck", "bordeaux", "water", "soda", "juice", "milk", "liquor", "oil", "medicine", "sport", "wide", "shampoo",
    ),
    closures=(
        "crown", "screw", "tall_screw", "flat_lid", "sport_cap", "flip_top", "cork", "champagne", "foil", "swing_top",
    ),
    hdris=("city", "forest", "interior", "night", "sunrise"),
    tables=("wood", "plain", "stripes", "brushed", "concrete", "tiles", "speckle"),
    walls=("plain", "concrete", "tiles", "planks", "stripes"),
    lamps=("area", "point", "sun"),
    hues=((-0.04, 0.06), (0.12, 0.42), (0.55, 0.74), (0.88, 0.96)),
    greys=(0.01, 0.05, 0.3, 0.8, 0.9),
    glasses=(
        (0.98, 0.99, 0.98), (0.96, 0.98, 0.97), (0.25, 0.55, 0.20), (0.10, 0.30, 0.09),
        (0.36, 0.13, 0.02), (0.20, 0.07, 0.015), (0.55, 0.75, 0.90), (0.60, 0.75, 0.45),
    ),
)

VARIED = replace(SEEN, invented=0.55)
"""What is trained on: the known kinds, and shapes that nobody makes, so that no list of closures can be learnt by heart."""

CLEAR_GLASS = SEEN.glasses[:2]

MOUTHS = replace(
    VARIED,
    invented=0.44,
    closures_first=(*SEEN.closures, "foil", "champagne", "screw", "crown"),
    askew=0.28,
    tilts=(0.2, 1.0),
    glasses=(*SEEN.glasses, *CLEAR_GLASS, *CLEAR_GLASS),
)
"""What close-ups are made of: every known closure often enough to learn what it leaves behind, on clear necks above all."""

HELD_OUT = Assets(
    bottles=("stubby", "burgundy", "ketchup", "square_water", "carafe", "flask"),
    closures=("ring_crown", "faceted_cap", "dome_cap", "bar_top", "two_tone_screw", "dropper"),
    hdris=("courtyard", "studio", "sunset"),
    tables=("marble", "terrazzo", "checks"),
    walls=("brick", "marble", "checks"),
    lamps=("spot", "neon"),
    hues=((0.06, 0.12), (0.42, 0.55), (0.74, 0.88)),
    greys=(0.02, 0.15, 0.5, 0.7),
    glasses=((0.95, 0.97, 0.99), (0.97, 0.96, 0.94), (0.16, 0.38, 0.16), (0.30, 0.10, 0.03), (0.45, 0.65, 0.60), (0.12, 0.16, 0.05)),
)
