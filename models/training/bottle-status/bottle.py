"""Bottles: their outline, their glass, what is in them and what is stuck on them.

A bottle stands on v = 1 bu with its mouth at v = 0 bu; the axis is u = 0. It is a surface of
revolution seen from slightly above, so that every level circle shows as a flat ellipse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from canvas import Bounds, Canvas, Colour, Patch, Pose, disc
from palette import Glass, Palette

Radius = Callable[[np.ndarray], np.ndarray]
"""Radius (bu) of a surface of revolution at height v (bu)."""


@dataclass(frozen=True)
class Light:
    """The one lamp of a scene."""

    side: float
    """Where it shines from: -1 left to 1 right."""
    ambient: float
    """What reaches a surface turned away from it, 0 to 1."""
    strips: tuple[tuple[float, float, float], ...]
    """Reflections on shiny things: (place across the width from -1 to 1, width, strength)."""

    def falling_on(self, surface: Surface) -> np.ndarray:
        """Brightness of a matt surface, about 0 to 1.1."""
        facing = self.side * surface.across + np.sqrt(1 - 0.8 * self.side**2) * surface.facing
        return self.ambient + (1.1 - self.ambient) * np.clip(facing, 0.0, 1.0)

    def reflected_by(self, surface: Surface) -> np.ndarray:
        """Brightness of the highlights on a surface, from 0."""
        bands = (power * np.exp(-(((surface.across - at) / width) ** 2)) for at, width, power in self.strips)
        return sum(bands, np.zeros_like(surface.across))


@dataclass(frozen=True)
class Surface:
    """The visible side of a surface of revolution."""

    mask: np.ndarray
    across: np.ndarray
    """-1 at the left edge, 1 at the right one."""
    facing: np.ndarray
    """1 where it looks at the viewer, 0 at the edges."""
    level: np.ndarray
    """Height v (bu) of the point seen."""

    @property
    def turn(self) -> np.ndarray:
        """Angle around the axis, radians, 0 in front."""
        return np.arcsin(self.across)


def tube(patch: Patch, radius: Radius, top: float, bottom: float, squash: float) -> Surface:
    """The wall of a surface of revolution between two levels (bu), without its end faces."""
    outline = np.maximum(radius(patch.v), 1e-4)
    bulge = squash * outline * np.sqrt(1 - np.clip(patch.u / outline, -1, 1) ** 2)
    level = patch.v - bulge
    wall = np.maximum(radius(level), 1e-4)
    across = np.clip(patch.u / wall, -1, 1)
    mask = patch.coverage(np.abs(patch.u) - outline)
    mask = mask * patch.coverage(top - level) * patch.coverage(level - bottom)
    return Surface(mask, across, np.sqrt(1 - across**2), level)


def straight(radius: float) -> Radius:
    return lambda v: np.full_like(v, radius)


@dataclass(frozen=True)
class Label:
    """A printed sleeve around the body."""

    top: float
    bottom: float
    texture: np.ndarray
    """RGB; the whole width goes around the half that is seen."""


@dataclass(frozen=True)
class Bottle:
    """One bottle without its closure."""

    kind: str
    mouth: float
    """Outer radius of the mouth, bu."""
    body: float
    """Radius of the body, bu."""
    neck: float
    """Length of the neck from the mouth to where the shoulder begins, bu."""
    levels: np.ndarray
    """The outline: v (bu) ..."""
    radii: np.ndarray
    """... and the radius there (bu)."""
    glass: Glass
    fill: float
    """Level of the liquid, v in bu; above 1 where the bottle is empty."""
    liquid: Colour
    squash: float
    """How flat a circle looks: the sine of the angle from which the viewer looks down."""
    label: Label | None
    closure_colour: Colour
    """The colour of the closure that belongs to it."""

    def radius(self, v: np.ndarray) -> np.ndarray:
        return np.interp(v, self.levels, self.radii).astype(np.float32)


@dataclass(frozen=True)
class Kind:
    """A family of bottles. Ranges are (least, greatest) in bu, `slimness` in mouth radii per body radius."""

    body: tuple[float, float]
    slimness: tuple[float, float]
    neck: tuple[float, float]
    shoulder: tuple[float, float]


KINDS = {
    "screw": Kind(body=(0.13, 0.20), slimness=(0.36, 0.50), neck=(0.07, 0.13), shoulder=(0.10, 0.28)),
    "wide": Kind(body=(0.18, 0.27), slimness=(0.48, 0.68), neck=(0.08, 0.13), shoulder=(0.06, 0.18)),
    "crown": Kind(body=(0.12, 0.16), slimness=(0.36, 0.46), neck=(0.12, 0.26), shoulder=(0.12, 0.28)),
    "cork": Kind(body=(0.11, 0.17), slimness=(0.32, 0.44), neck=(0.16, 0.30), shoulder=(0.06, 0.20)),
}


def draw_bottle(rng: np.random.Generator, palette: Palette) -> Bottle:
    """Choose a bottle. Nothing here depends on whether it will be open."""
    name = str(rng.choice(list(KINDS)))
    kind = KINDS[name]
    body, neck = rng.uniform(*kind.body), rng.uniform(*kind.neck)
    mouth = body * rng.uniform(*kind.slimness)
    levels, radii = _outline(rng, name, mouth, body, neck, rng.uniform(*kind.shoulder))
    return Bottle(
        kind=name,
        mouth=mouth,
        body=body,
        neck=neck,
        levels=levels,
        radii=radii,
        glass=palette.glass(rng),
        fill=rng.uniform(0.12, 0.9) if rng.random() < 0.75 else 2.0,
        liquid=palette.paint(rng) * 0.5 + 0.5 if rng.random() < 0.5 else palette.paint(rng),
        squash=rng.uniform(0.05, 0.5),
        label=_draw_label(rng, palette, neck) if rng.random() < 0.7 else None,
        closure_colour=palette.paint(rng),
    )


def _outline(
    rng: np.random.Generator, kind: str, mouth: float, body: float, neck: float, shoulder: float
) -> tuple[np.ndarray, np.ndarray]:
    """The outline from mouth to base: finish, neck, shoulder, body, rounded foot."""
    v = np.linspace(0, 1, 700)
    neck_foot = mouth * rng.uniform(1.0, 1.2)
    rise = np.clip((v - neck) / shoulder, 0, 1)
    bend = rng.uniform(0.7, 1.6)
    radii = mouth + (neck_foot - mouth) * np.clip(v / neck, 0, 1)
    radii = radii + (body - neck_foot) * (0.5 - 0.5 * np.cos(np.pi * rise**bend))
    if rng.random() < 0.35:
        waves, depth = rng.integers(3, 12), rng.uniform(0.01, 0.05)
        radii *= 1 + depth * np.cos(2 * np.pi * waves * v) * (v > neck + shoulder)
    foot = np.clip((v - 0.97) / 0.03, 0, 1)
    radii = radii * (1 - rng.uniform(0.08, 0.25) * foot**2)
    return v, radii + _finish(kind, v, mouth)


def _finish(kind: str, v: np.ndarray, mouth: float) -> np.ndarray:
    """Beads at the mouth (bu to add to the radius): a lip, and for screw caps the ring below the thread."""
    def bead(centre: float, width: float, height: float) -> np.ndarray:
        return height * mouth * np.exp(-(((v - centre) / width) ** 4))

    if kind in ("screw", "wide"):
        return bead(finish_height(kind, mouth) * 1.1, mouth * 0.10, 0.18)
    return bead(0.014, 0.014, 0.14 if kind == "crown" else 0.10)


def finish_height(kind: str, mouth: float) -> float:
    """Height (bu) of the part of the mouth that a closure grips."""
    return {"screw": 1.0, "wide": 0.7, "crown": 0.55, "cork": 0.7}[kind] * mouth


def _draw_label(rng: np.random.Generator, palette: Palette, neck: float) -> Label:
    top = rng.uniform(max(0.35, neck + 0.12), 0.62)
    return Label(top, rng.uniform(top + 0.12, 0.93), label_texture(rng, palette))


def label_texture(rng: np.random.Generator, palette: Palette) -> np.ndarray:
    """A 128 x 256 pixel print: bands, dots and a word or two."""
    def ink() -> list[float]:
        return (palette.paint(rng) * 255).tolist()

    texture = np.full((128, 256, 3), ink(), np.uint8)
    for _ in range(rng.integers(0, 4)):
        top, bottom = int(rng.integers(0, 118)), int(rng.integers(3, 30))
        cv2.rectangle(texture, (0, top), (256, top + bottom), ink(), cv2.FILLED)
    for _ in range(rng.integers(0, 4)):
        centre = int(rng.integers(60, 196)), int(rng.integers(20, 108))
        cv2.circle(texture, centre, int(rng.integers(5, 30)), ink(), cv2.FILLED, cv2.LINE_AA)
    for _ in range(rng.integers(0, 3)):
        word = "".join(rng.choice(list("AEILMNORSTUV"), rng.integers(3, 8)))
        corner = int(rng.integers(40, 110)), int(rng.integers(30, 110))
        cv2.putText(texture, word, corner, cv2.FONT_HERSHEY_DUPLEX, float(rng.uniform(0.7, 1.5)), ink(), 2, cv2.LINE_AA)
    return texture.astype(np.float32) / 255


def paint_bottle(canvas: Canvas, pose: Pose, bottle: Bottle, light: Light) -> None:
    """Paint the body, its liquid and its label; the mouth is left to the closure."""
    edge = max(bottle.body, bottle.mouth * 1.3) * 1.05
    patch = canvas.patch(pose, Bounds(-edge, -0.02, edge, 1.0 + bottle.squash * bottle.body))
    if patch is None:
        return
    wall = tube(patch, bottle.radius, 0.0, 1.0, bottle.squash)
    patch.paint(wall.mask, _glass_colour(patch, wall, bottle, light))
    if bottle.label is not None:
        _paint_label(patch, bottle, bottle.label, light)
    patch.paint(wall.mask * np.clip(light.reflected_by(wall) * bottle.glass.gloss, 0, 0.9), np.ones(3, np.float32))


def _glass_colour(patch: Patch, wall: Surface, bottle: Bottle, light: Light) -> np.ndarray:
    """What is seen on the wall: the background through glass and liquid, and the glass's own colour."""
    glass = np.array(bottle.glass.colour, np.float32)
    blur = max(1.0, 0.02 / patch.pixel)
    behind = cv2.GaussianBlur(patch.pixels, (0, 0), blur)
    thickness = 0.6 + 1.8 * (1 - wall.facing)
    through = behind * glass ** thickness[..., None]
    wet = patch.coverage(bottle.fill - wall.level) * (np.abs(wall.across) < 0.94)
    through = through * (1 - wet[..., None] * (1 - bottle.liquid * 0.9))
    surface_line = np.exp(-(((wall.level - bottle.fill) / 0.006) ** 2))
    through = through + 0.15 * surface_line[..., None]
    own = glass * light.falling_on(wall)[..., None]
    colour = through + bottle.glass.opacity * (own - through)
    return np.clip(colour * (1 - 0.45 * np.abs(wall.across) ** 8)[..., None], 0, 1)


def _paint_label(patch: Patch, bottle: Bottle, label: Label, light: Light) -> None:
    print_ = tube(patch, bottle.radius, label.top, label.bottom, bottle.squash)
    rows, columns = label.texture.shape[:2]
    x = (print_.turn / np.pi + 0.5) * (columns - 1)
    y = (print_.level - label.top) / (label.bottom - label.top) * (rows - 1)
    colour = cv2.remap(
        label.texture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    patch.paint(print_.mask, np.clip(colour * light.falling_on(print_)[..., None], 0, 1))


def paint_mouth(canvas: Canvas, pose: Pose, bottle: Bottle, light: Light) -> None:
    """Paint the rim and the opening, as they are seen when nothing is on them."""
    reach = bottle.mouth * 1.3
    patch = canvas.patch(pose, Bounds(-reach, -reach * bottle.squash - 0.02, reach, reach * bottle.squash + 0.02))
    if patch is None:
        return
    rim = float(bottle.radius(np.array(0.004)))
    hole = bottle.mouth * (0.80 if bottle.kind in ("screw", "wide") else 0.66)
    glass = np.array(bottle.glass.colour, np.float32)
    behind = cv2.GaussianBlur(patch.pixels, (0, 0), max(1.0, 0.01 / patch.pixel))
    lip = (1 - bottle.glass.opacity) * behind * glass + bottle.glass.opacity * glass
    sheen = 0.12 + 0.3 * bottle.glass.gloss * np.clip(0.5 + patch.u / rim * light.side, 0, 1)
    patch.paint(disc(patch, 0.0, rim, bottle.squash), np.clip(lip + sheen[..., None], 0, 1))
    depth = np.clip(patch.v / (hole * bottle.squash), -1, 1)
    shade = (0.62 - 0.30 * depth) * (1 - 0.6 * bottle.glass.opacity)
    patch.paint(disc(patch, 0.003, hole, bottle.squash), np.clip(lip * shade[..., None], 0, 1))
