"""Closures: everything that tells a closed bottle (`fechada`) from an open one (`aberta`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bottle import Bottle, Light, Radius, finish_height, paint_mouth, straight, tube
from canvas import Bounds, Canvas, Colour, Patch, Pose, disc
from palette import Palette

STYLES = {
    "screw": ("cap", "cap", "cap", "flip"),
    "wide": ("cap", "cap", "lid"),
    "crown": ("crown", "crown", "crown", "cap"),
    "cork": ("cork", "stopper", "capsule", "capsule"),
}
"""The closures that fit each kind of bottle, as often as they are to be drawn."""


@dataclass(frozen=True)
class Closure:
    """A cap, crown, cork or the like, in the frame of the bottle that it fits."""

    style: str
    radius: float
    """bu"""
    above: float
    """How far it stands above the rim, bu."""
    below: float
    """How far it reaches down over the neck, bu."""
    colour: Colour
    gloss: float
    ridges: int
    """Grooves around it; 0: smooth."""


def draw_closure(rng: np.random.Generator, bottle: Bottle) -> Closure:
    """Choose the closure that belongs to a bottle."""
    style = str(rng.choice(STYLES[bottle.kind]))
    grip, mouth = finish_height(bottle.kind, bottle.mouth), bottle.mouth
    cap = Closure(
        style, mouth * rng.uniform(1.10, 1.25), mouth * rng.uniform(0.06, 0.2), grip * rng.uniform(0.8, 1.2),
        bottle.closure_colour, rng.uniform(0.05, 0.6), int(rng.choice([0, 24, 36, 60])),
    )
    match style:
        case "lid":
            return replace(cap, below=grip * 0.6, radius=mouth * rng.uniform(1.08, 1.2))
        case "flip":
            return replace(cap, above=mouth * rng.uniform(0.5, 0.9), ridges=0)
        case "crown":
            return replace(cap, radius=mouth * rng.uniform(1.28, 1.42), above=mouth * 0.12, below=mouth * 0.42,
                           gloss=rng.uniform(0.4, 0.9), ridges=21)
        case "cork":
            wood = np.array([0.72, 0.54, 0.36], np.float32) * rng.uniform(0.7, 1.2)
            return replace(cap, radius=mouth * rng.uniform(0.66, 0.76), above=mouth * rng.uniform(0.5, 1.3),
                           below=0.0, colour=np.clip(wood, 0, 1), gloss=0.0, ridges=0)
        case "stopper":
            return replace(cap, radius=mouth * rng.uniform(1.15, 1.4), above=mouth * rng.uniform(0.5, 1.0), below=0.0)
        case "capsule":
            return replace(cap, radius=mouth * 1.18, above=mouth * 0.06, below=bottle.neck * rng.uniform(0.6, 1.0),
                           gloss=rng.uniform(0.3, 0.8), ridges=0)
    return cap


def _shape(closure: Closure, bottle: Bottle) -> Radius:
    """The outline of a closure."""
    if closure.style == "capsule":
        return lambda v: np.maximum(bottle.radius(v) * 1.04, np.where(v < 0.03, closure.radius * 0.98, 0))
    if closure.style == "crown":
        span = closure.above + closure.below
        return lambda v: closure.radius * (0.84 + 0.16 * np.clip((v + closure.above) / span, 0, 1) ** 1.5)
    return straight(closure.radius)


def paint_closed(canvas: Canvas, pose: Pose, bottle: Bottle, closure: Closure, light: Light) -> None:
    """Paint the bottle's mouth with its closure where it belongs."""
    paint_mouth(canvas, pose, bottle, light)
    paint_closure(canvas, pose, bottle, closure, light)


def paint_closure(canvas: Canvas, pose: Pose, bottle: Bottle, closure: Closure, light: Light) -> None:
    """Paint a closure whose place on the mouth has the given pose: its side, then its top face."""
    reach, squash = closure.radius * 1.15, bottle.squash
    bounds = Bounds(-reach, -closure.above - reach * squash, reach, closure.below + reach * squash)
    patch = canvas.patch(pose, bounds)
    if patch is None:
        return
    shape = _shape(closure, bottle)
    _paint_side(patch, shape, closure, squash, light)
    top_radius = float(shape(np.array(-closure.above)))
    _paint_top(patch, closure, top_radius, squash, light)
    if closure.style == "flip":
        size = {"radius": closure.radius * 0.45, "above": closure.above * 1.5, "below": -closure.above}
        paint_closure(canvas, pose, bottle, replace(closure, style="lid", **size), light)


def _paint_side(patch: Patch, shape: Radius, closure: Closure, squash: float, light: Light) -> None:
    side = tube(patch, shape, -closure.above, closure.below, squash)
    brightness = light.falling_on(side)
    if closure.ridges:
        brightness = brightness * (1 + 0.16 * np.sin(closure.ridges * side.turn))
    if closure.style == "cork":
        speckle = np.sin(191 * side.turn) * np.sin(937 * side.level + 3 * side.turn)
        brightness = brightness * (1 - 0.25 * (speckle > 0.55))
    if closure.style == "cap":
        ring = closure.below - 0.22 * (closure.below + closure.above)
        brightness = brightness * (1 - 0.5 * np.exp(-(((side.level - ring) / 0.003) ** 2)))
    highlight = light.reflected_by(side) * closure.gloss
    patch.paint(side.mask, np.clip(closure.colour * brightness[..., None] + highlight[..., None], 0, 1))


def _paint_top(patch: Patch, closure: Closure, radius: float, squash: float, light: Light) -> None:
    face = disc(patch, -closure.above, radius, squash)
    slope = 1 + 0.12 * light.side * patch.u / radius
    colour = closure.colour * 0.92 * slope[..., None] + 0.06
    patch.paint(face, np.clip(colour, 0, 1))
    bevel = face - disc(patch, -closure.above, radius * 0.9, squash)
    patch.paint(0.25 * np.clip(bevel, 0, 1), np.ones(3, np.float32))


def paint_open(
    canvas: Canvas, pose: Pose, bottle: Bottle, closure: Closure, light: Light, rng: np.random.Generator
) -> None:
    """Paint an open mouth, with what an opening leaves behind: thread, ring, cut foil, a cap half off."""
    paint_finish(canvas, pose, bottle, closure, light, rng)
    paint_mouth(canvas, pose, bottle, light)
    if closure.style in ("cap", "flip", "lid", "crown") and rng.random() < 0.22:
        _paint_half_off(canvas, pose, bottle, closure, light, rng)
    elif closure.style in ("cap", "flip", "lid") and rng.random() < 0.15:
        _paint_tethered(canvas, pose, bottle, closure, light, rng)


def paint_finish(
    canvas: Canvas, pose: Pose, bottle: Bottle, closure: Closure, light: Light, rng: np.random.Generator
) -> None:
    """Paint what the closure had hidden: the thread, half the time the tamper ring, or the rest of the foil."""
    grip = finish_height(bottle.kind, bottle.mouth)
    reach = bottle.mouth * 1.4
    patch = canvas.patch(pose, Bounds(-reach, -0.02, reach, bottle.neck + reach * bottle.squash))
    if patch is None:
        return
    if closure.style in ("cap", "flip", "lid"):
        _paint_thread(patch, bottle, grip, light)
        if rng.random() < 0.5:
            ring = replace(closure, above=-grip * 0.82, below=grip * 1.05, style="ring")
            _paint_side(patch, straight(closure.radius), ring, bottle.squash, light)
    elif closure.style == "capsule" and rng.random() < 0.6:
        foil = replace(closure, above=-min(0.032, bottle.neck * 0.3))
        _paint_side(patch, lambda v: bottle.radius(v) * 1.04, foil, bottle.squash, light)


def _paint_thread(patch: Patch, bottle: Bottle, grip: float, light: Light) -> None:
    """Two or three slanting ridges, lit from above."""
    wall = tube(patch, bottle.radius, grip * 0.12, grip * 0.8, bottle.squash)
    phase = (wall.level / (grip * 0.27) + wall.turn / (2 * np.pi)) * 2 * np.pi
    lit = np.clip(np.sin(phase), 0, 1) * light.falling_on(wall)
    shaded = np.clip(-np.sin(phase), 0, 1)
    patch.paint(wall.mask * 0.35 * lit, np.ones(3, np.float32))
    patch.paint(wall.mask * 0.35 * shaded, np.zeros(3, np.float32))


def _paint_half_off(
    canvas: Canvas, pose: Pose, bottle: Bottle, closure: Closure, light: Light, rng: np.random.Generator
) -> None:
    """The closure leans on the rim, tipped to one side, and leaves part of the mouth free."""
    side = rng.choice([-1.0, 1.0])
    tilt = rng.uniform(0.45, 1.1)
    aside, lifted = closure.radius * rng.uniform(0.5, 0.95), closure.radius * rng.uniform(0.45, 0.75)
    at = pose.child(side * aside, -lifted, side * tilt)
    paint_closure(canvas, at, bottle, replace(closure, below=min(closure.below, closure.radius)), light)


def _paint_tethered(
    canvas: Canvas, pose: Pose, bottle: Bottle, closure: Closure, light: Light, rng: np.random.Generator
) -> None:
    """The closure hangs beside the neck by its strap."""
    side = rng.choice([-1.0, 1.0])
    aside, lowered = closure.radius * rng.uniform(1.6, 2.1), bottle.mouth * rng.uniform(0.4, 1.2)
    at = pose.child(side * aside, lowered, side * rng.uniform(1.2, 2.4))
    paint_closure(canvas, at, bottle, closure, light)


def paint_loose(
    canvas: Canvas, pose: Pose, bottle: Bottle, palette: Palette, light: Light, rng: np.random.Generator
) -> None:
    """Paint a closure that lies about on the table. It may be this bottle's own or a stranger's."""
    closure = draw_closure(rng, bottle)
    colour = bottle.closure_colour if rng.random() < 0.5 else palette.paint(rng)
    below = min(closure.below, closure.radius * 1.2)
    paint_closure(canvas, pose, bottle, replace(closure, colour=colour, below=below), light)
