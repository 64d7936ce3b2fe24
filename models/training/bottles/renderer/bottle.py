"""Bottles: outline, wall, liquid, label. Nothing here knows whether one is open.

A bottle stands on z = 0; its mouth is at z = height. Lengths in decimetres.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, field

import bpy
import numpy as np

import materials
from mesh import Part, Section, lathe, tube
from splits import Assets


@dataclass(frozen=True)
class Kind:
    """A family of bottles; ranges are (least, greatest)."""

    height: tuple[float, float]
    body: tuple[float, float]
    """Radius of the body, dm."""
    mouth: tuple[float, float]
    """Outer radius of the mouth, dm."""
    neck: tuple[float, float]
    """Length of the neck, share of the height."""
    shoulder: tuple[float, float]
    """Length of the shoulder, share of the height."""
    finish: tuple[str, ...]
    """What the mouth is shaped for: pet, screw, crown, cork, wide."""
    stuff: tuple[str, ...]
    """glass, pet, opaque, metal."""
    closures: tuple[str, ...]
    liquids: tuple[str, ...] = ("water",)
    corners: tuple[float, float] = (2.0, 2.0)
    """Exponent of the superellipse: 2 is round, 6 nearly square."""
    depth: tuple[float, float] = (1.0, 1.0)
    """Depth of the body, share of its width."""
    ribs: float = 0.0
    """How often it has ribs, 0 to 1."""
    waist: float = 0.0


KINDS = {
    "longneck": Kind((2.1, 2.5), (0.29, 0.33), (0.12, 0.14), (0.22, 0.34), (0.10, 0.24), ("crown", "crown", "screw"), ("glass",), ("crown", "crown", "swing_top", "screw"), ("beer", "cola", "water", "beer")),
    "bordeaux": Kind((2.8, 3.2), (0.35, 0.41), (0.135, 0.15), (0.20, 0.28), (0.06, 0.11), ("cork", "cork", "screw"), ("glass",), ("cork", "foil", "tall_screw", "champagne"), ("wine", "white", "oil")),
    "water": Kind((1.8, 2.6), (0.29, 0.38), (0.125, 0.15), (0.03, 0.08), (0.14, 0.32), ("pet",), ("pet",), ("screw", "screw", "sport_cap", "flip_top"), ("water", "water", "water", "juice"), ribs=0.8, waist=0.4),
    "soda": Kind((2.0, 3.2), (0.31, 0.45), (0.13, 0.15), (0.05, 0.10), (0.22, 0.42), ("pet", "pet", "screw"), ("pet", "pet", "glass"), ("screw",), ("cola", "juice", "water", "soda"), ribs=0.3, waist=0.7),
    "juice": Kind((1.5, 2.4), (0.30, 0.45), (0.19, 0.25), (0.03, 0.09), (0.12, 0.30), ("pet", "screw"), ("pet", "glass"), ("screw", "flat_lid", "screw"), ("juice", "juice", "milk", "water"), corners=(2.0, 4.5), ribs=0.4),
    "milk": Kind((1.7, 2.6), (0.36, 0.48), (0.17, 0.21), (0.02, 0.06), (0.14, 0.30), ("pet",), ("opaque",), ("screw", "flat_lid"), ("milk",), corners=(2.0, 5.5)),
    "liquor": Kind((2.0, 2.9), (0.36, 0.46), (0.13, 0.17), (0.14, 0.26), (0.05, 0.16), ("screw", "cork"), ("glass",), ("tall_screw", "screw", "cork", "foil"), ("whisky", "water", "wine"), corners=(2.0, 6.0)),
    "oil": Kind((2.3, 3.0), (0.28, 0.38), (0.12, 0.15), (0.14, 0.30), (0.08, 0.24), ("screw", "pet"), ("glass", "pet"), ("tall_screw", "flip_top", "screw"), ("oil",), corners=(2.0, 5.5)),
    "medicine": Kind((0.8, 1.5), (0.24, 0.34), (0.13, 0.22), (0.05, 0.12), (0.07, 0.16), ("screw",), ("glass", "opaque", "glass"), ("screw", "flat_lid"), ("syrup", "water")),
    "sport": Kind((1.9, 2.5), (0.34, 0.39), (0.22, 0.30), (0.03, 0.07), (0.08, 0.22), ("wide",), ("opaque", "metal", "pet"), ("sport_cap", "screw", "flat_lid"), ("water", "juice"), waist=0.5),
    "wide": Kind((1.2, 2.0), (0.34, 0.46), (0.25, 0.32), (0.04, 0.10), (0.08, 0.20), ("wide", "screw"), ("glass", "glass", "pet"), ("flat_lid", "screw"), ("juice", "milk", "sauce", "water")),
    "shampoo": Kind((1.5, 2.3), (0.33, 0.48), (0.13, 0.20), (0.02, 0.05), (0.08, 0.24), ("pet",), ("opaque", "pet"), ("flip_top", "screw", "flip_top"), ("juice", "milk"), corners=(2.0, 4.0), depth=(0.5, 0.9)),
    # Never trained on:
    "stubby": Kind((1.6, 1.9), (0.32, 0.37), (0.125, 0.145), (0.10, 0.16), (0.14, 0.20), ("crown",), ("glass",), ("ring_crown",), ("beer", "beer", "cola")),
    "burgundy": Kind((2.7, 3.1), (0.39, 0.46), (0.135, 0.15), (0.12, 0.18), (0.30, 0.42), ("cork", "screw"), ("glass",), ("bar_top", "two_tone_screw"), ("wine", "white")),
    "ketchup": Kind((1.7, 2.2), (0.27, 0.36), (0.14, 0.18), (0.05, 0.12), (0.30, 0.48), ("screw", "pet"), ("glass", "opaque", "pet"), ("dome_cap", "faceted_cap"), ("sauce",), corners=(2.0, 2.6)),
    "square_water": Kind((2.0, 2.7), (0.29, 0.36), (0.13, 0.16), (0.05, 0.10), (0.10, 0.20), ("pet", "screw"), ("pet", "glass"), ("two_tone_screw", "faceted_cap", "dome_cap"), ("water", "water", "juice"), corners=(3.5, 6.0), ribs=0.5),
    "carafe": Kind((1.9, 2.4), (0.40, 0.48), (0.18, 0.22), (0.08, 0.14), (0.34, 0.46), ("screw", "pet"), ("glass", "pet"), ("two_tone_screw", "faceted_cap"), ("juice", "milk", "cola"), waist=0.8),
    "flask": Kind((1.0, 1.7), (0.30, 0.40), (0.11, 0.15), (0.10, 0.20), (0.10, 0.22), ("screw", "cork"), ("glass", "glass", "opaque"), ("dropper", "bar_top", "faceted_cap"), ("whisky", "syrup", "oil"), corners=(2.4, 4.0), depth=(0.5, 0.9)),
}

INVENTED = Kind(
    (0.9, 3.3), (0.24, 0.50), (0.10, 0.34), (0.02, 0.28), (0.05, 0.35), ("invented", "invented", "invented", "pet", "screw", "crown", "cork", "wide"),
    ("glass", "glass", "pet", "opaque", "metal"), ("invented",),
    ("water", "beer", "cola", "soda", "wine", "white", "oil", "whisky", "syrup", "juice", "milk", "sauce"), (2.0, 6.0), (0.5, 1.0), ribs=0.4, waist=0.4,
)
"""No family at all: trained on beside the others, never measured on."""

LIQUIDS = {
    "water": ((0.97, 0.98, 0.98), False), "beer": ((0.80, 0.42, 0.05), False), "cola": ((0.10, 0.02, 0.005), False),
    "soda": ((0.9, 0.75, 0.2), False), "wine": ((0.22, 0.004, 0.02), False), "white": ((0.9, 0.85, 0.5), False),
    "oil": ((0.85, 0.66, 0.08), False), "whisky": ((0.75, 0.28, 0.03), False), "syrup": ((0.5, 0.02, 0.06), False),
    "juice": ((0.85, 0.30, 0.01), True), "milk": ((0.88, 0.86, 0.78), True), "sauce": ((0.40, 0.02, 0.01), True),
}
"""Colour, and whether it is opaque. Juice and syrup get another hue each time."""


@dataclass(frozen=True)
class Bottle:
    """One bottle without its closure."""

    kind: str
    finish: str
    height: float
    body: float
    mouth: float
    """Outer radius of the mouth."""
    hole: float
    """Inner radius of the mouth."""
    grip: float
    """Length of the finish: what a closure covers."""
    neck: float
    """Length of the neck below the finish."""
    see_through: bool
    parts: list[Part] = field(default_factory=list)
    closure: str = ""
    closure_colour: materials.Colour = (1, 1, 1)


def make_bottle(rng: np.random.Generator, assets: Assets, name: str | None = None) -> Bottle:
    """Choose and build a bottle and the kind of closure that belongs to it."""
    closure = _closure_first(rng, assets)
    if closure is not None:
        name, finish = _bottle_for(rng, assets, closure)
        kind = INVENTED if name == "invented" else KINDS[name]
    elif name is None and assets.invented and rng.random() < assets.invented:
        name, kind, finish = "invented", INVENTED, str(rng.choice(INVENTED.finish))
    else:
        name = name or str(rng.choice(assets.bottles))
        kind = KINDS[name]
        finish = str(rng.choice(kind.finish))
    height, body, mouth = (rng.uniform(*r) for r in (kind.height, kind.body, kind.mouth))
    if finish == "wide":
        mouth = min(mouth * 1.1, body * 0.9)
    mouth = min(mouth, body * 0.95)
    grip = rng.uniform(0.07, 0.28) if finish == "invented" else {"pet": rng.uniform(0.16, 0.24), "screw": rng.uniform(0.14, 0.22), "crown": 0.11, "cork": 0.16, "wide": rng.uniform(0.18, 0.28)}[finish]
    neck = height * rng.uniform(*kind.neck)
    stuff = str(rng.choice(kind.stuff))
    wall = {"glass": rng.uniform(0.03, 0.05), "pet": 0.012, "opaque": 0.015, "metal": 0.012}[stuff]
    outline = _outline(rng, kind, finish, height, body, mouth, grip, neck)
    section = _section(rng, kind, height - grip - neck, height * rng.uniform(*kind.shoulder))
    hole = mouth - (0.022 if stuff == "pet" else 0.05 if finish in ("crown", "cork") else 0.035)
    if finish == "invented":
        hole = min(mouth * rng.uniform(0.55, 0.93), outline[-1, 0] - 0.008)
    bottle = Bottle(
        kind=name, finish=finish, height=height, body=body, mouth=mouth, hole=hole, grip=grip, neck=neck,
        see_through=stuff in ("glass", "pet"), closure=closure or _closure_for(rng, assets, kind, finish), closure_colour=assets.colour(rng),
    )
    body_material = _stuff(rng, assets, stuff)
    bottle.parts.append(Part(lathe(_walled(outline, wall, hole, grip), 56, section), body_material))
    if finish in ("pet", "screw", "wide") or finish == "invented" and rng.random() < 0.5:
        bottle.parts.append(Part(_thread(bottle, stuff), body_material))
    if rng.random() < 0.8:
        brim = bool(assets.invented) and rng.random() < 0.12
        _fill(rng, kind, outline, wall, section, bottle, brim)
    if rng.random() < 0.75:
        _label(rng, assets, outline, section, bottle)
    return bottle


TURNED = ("screw", "flat_lid", "sport_cap", "flip_top", "faceted_cap", "dome_cap", "two_tone_screw")

FITTING = {
    "crown": ("crown", "swing_top", "ring_crown"),
    "cork": ("cork", "foil", "champagne", "bar_top"),
    "screw": ("screw", "tall_screw", "flat_lid", "sport_cap", "flip_top", "faceted_cap", "dome_cap", "two_tone_screw", "dropper"),
    "pet": TURNED,
    "wide": TURNED,
}
"""The closures that fit a finish."""


def _closure_first(rng: np.random.Generator, assets: Assets) -> str | None:
    """A closure drawn before its bottle; None where the bottle comes first."""
    if not assets.closures_first:
        return None
    return "invented" if rng.random() < assets.invented else str(rng.choice(assets.closures_first))


def _bottle_for(rng: np.random.Generator, assets: Assets, closure: str) -> tuple[str, str]:
    """A family and a finish that a closure fits, or an outline of no family."""
    if closure == "invented":
        name = "invented" if rng.random() < 0.6 else str(rng.choice(assets.bottles))
        return name, str(rng.choice((INVENTED if name == "invented" else KINDS[name]).finish))
    families = [name for name in assets.bottles if closure in KINDS[name].closures and any(closure in FITTING[finish] for finish in KINDS[name].finish)]
    name = "invented" if rng.random() < 0.25 else str(rng.choice(families))
    finishes = (INVENTED if name == "invented" else KINDS[name]).finish
    return name, str(rng.choice([finish for finish in finishes if closure in FITTING.get(finish, ())]))


def _closure_for(rng: np.random.Generator, assets: Assets, kind: Kind, finish: str) -> str:
    """One that fits the mouth."""
    fitting = FITTING.get(finish, TURNED)
    if finish == "invented" or assets.invented and rng.random() < assets.invented:
        return "invented"
    possible = [name for name in kind.closures if name in fitting and name in assets.closures]
    return str(rng.choice(possible or [name for name in assets.closures if name in fitting]))


def _outline(
    rng: np.random.Generator, kind: Kind, finish: str, height: float, body: float, mouth: float, grip: float, neck: float
) -> np.ndarray:
    """(radius, z) of the outside, from the foot to the mouth."""
    shoulder_foot = height - grip - neck - height * rng.uniform(*kind.shoulder)
    top = height - grip
    z = np.concatenate([np.linspace(0, 0.08, 6), np.linspace(0.1, top, 84)])
    neck_foot = mouth * rng.uniform(0.98, 1.25)
    rise = np.clip((z - shoulder_foot) / (top - neck - shoulder_foot), 0, 1)
    bend = rng.uniform(0.7, 1.7)
    r = body + (neck_foot - body) * (0.5 - 0.5 * np.cos(np.pi * rise**bend))
    r = r + (mouth * 0.97 - neck_foot) * np.clip((z - top + neck) / max(neck, 1e-3), 0, 1)
    trunk = np.clip((z - 0.12) / 0.1, 0, 1) * np.clip((shoulder_foot - z) / 0.1, 0, 1)
    if rng.random() < kind.ribs:
        count = rng.integers(3, 14)
        wave = np.cos(2 * np.pi * count * z / height)
        r *= 1 - rng.uniform(0.01, 0.035) * trunk * np.clip(wave * rng.uniform(1, 3), -1, 1)
    if rng.random() < kind.waist:
        r *= 1 - rng.uniform(0.06, 0.18) * np.exp(-(((z / height - rng.uniform(0.35, 0.6)) / rng.uniform(0.08, 0.2)) ** 2)) * trunk
    foot = np.clip(1 - z / 0.08, 0, 1)
    r *= 1 - rng.uniform(0.08, 0.18) * foot**2
    return np.concatenate([np.stack([r, z], 1), _finish(rng, finish, mouth, top, height)])


def _finish(rng: np.random.Generator, finish: str, m: float, top: float, height: float) -> np.ndarray:
    """The rings and the lip above the neck."""
    f = height - top
    if finish == "invented":
        return _invented_finish(rng, m, top, height)
    if finish == "pet":
        return np.array([
            (m * 0.98, top + 0.005), (m * 1.24, top + 0.010), (m * 1.25, top + 0.024), (m * 1.0, top + 0.034),
            (m * 0.97, top + f * 0.5), (m * 0.97, height - 0.012), (m * 0.95, height),
        ])
    if finish == "crown":
        return np.array([
            (m * 0.98, top), (m * 1.14, top + 0.012), (m * 1.14, top + 0.03), (m * 1.0, top + 0.042),
            (m * 1.0, height - 0.05), (m * 1.10, height - 0.04), (m * 1.10, height - 0.018), (m * 1.02, height),
        ])
    if finish == "cork":
        return np.array([
            (m * 0.98, top), (m * 0.98, height - 0.125), (m * 1.12, height - 0.115), (m * 1.12, height - 0.05),
            (m * 1.02, height - 0.042), (m * 1.0, height - 0.008), (m * 0.95, height),
        ])
    bead = 1.1 if finish == "screw" else 1.05
    return np.array([
        (m * 0.98, top), (m * bead, top + 0.014), (m * bead, top + 0.03), (m * 0.97, top + 0.042),
        (m * 0.97, top + f * 0.6), (m * 0.97, height - 0.015), (m * 0.93, height),
    ])


def _invented_finish(rng: np.random.Generator, m: float, top: float, height: float) -> np.ndarray:
    """Some beads, some grooves, a lip that rolls outwards or does not."""
    levels = np.sort(rng.uniform(top + 0.005, height - 0.03, rng.integers(1, 5)))
    points = [(m * 0.98, top)]
    for z, r in zip(levels, m * rng.uniform(0.92, 1.3, len(levels)), strict=True):
        thick = min(rng.uniform(0.006, 0.03), (height - 0.02 - z) / 2)
        points += [(m * 0.98, z), (r, z + thick * 0.2), (r, z + thick * 0.8), (m * 0.98, z + thick)]
    lip = m * (rng.uniform(1.0, 1.2) if rng.random() < 0.5 else rng.uniform(0.95, 1.0))
    edge = rng.uniform(0.004, 0.02)
    points += [(m * 0.97, height - 0.022), (lip, height - edge), (lip - edge * rng.uniform(0.2, 1.0), height)]
    return np.array(points)


def _section(rng: np.random.Generator, kind: Kind, straight: float, shoulder: float) -> Section | None:
    """The body's cross-section, going over into a circle along the shoulder."""
    exponent, depth = rng.uniform(*kind.corners), rng.uniform(*kind.depth)
    if exponent < 2.3 and depth > 0.97:
        return None

    def section(theta: np.ndarray, z: float) -> np.ndarray:
        round_ = np.clip((z - straight + shoulder) / shoulder, 0, 1)
        n, flat = exponent + (2 - exponent) * round_, depth + (1 - depth) * round_
        rho = (np.abs(np.cos(theta)) ** n + np.abs(np.sin(theta)) ** n) ** (-1 / n)
        rho *= 1 - 0.10 * (1 - round_) * (exponent > 2.5)
        return np.stack([rho, rho * flat], -1)

    return section


def _inside(outline: np.ndarray, wall: float, hole: float, grip: float, grow: float = 0.0) -> np.ndarray:
    """(radius, z) of the inner wall, from the foot to the mouth."""
    r, z = outline[:, 0], outline[:, 1]
    height = z[-1]
    levels = np.linspace(wall * 1.6, height, 90)
    inner = np.interp(levels, z, r) - wall
    inner = np.minimum(inner, np.interp(levels, [0, height - grip - 0.06, height - grip], [9.0, hole * 1.5, hole]))
    inner *= np.clip(0.9 + (levels - levels[0]) / 0.06 * 0.1, 0.9, 1.0)
    return np.stack([np.maximum(inner + grow, 0.01), levels], 1)


def _walled(outline: np.ndarray, wall: float, hole: float, grip: float) -> np.ndarray:
    """One closed surface: the bottom, the outside, the lip, the inside, the inner bottom."""
    inside = _inside(outline, wall, hole, grip)[::-1]
    punt = outline[0, 0] * 0.6
    inside[-1, 0] *= 0.9
    return np.concatenate([[(0.0, wall * 0.5), (punt, 0.012)], outline, inside, [(0.0, wall * 1.7)]])


def _stuff(rng: np.random.Generator, assets: Assets, stuff: str) -> bpy.types.Material:
    if stuff == "glass":
        colour = np.array(assets.glasses[rng.integers(len(assets.glasses))]) * rng.uniform(0.85, 1.0)
        if rng.random() < 0.12:
            return materials.clear(tuple(colour), rng.uniform(0.1, 0.3))
        wet = (rng.uniform(0.2, 0.6), rng.uniform(18, 45)) if rng.random() < 0.12 else None
        return materials.clear(tuple(colour), rng.choice([0.0, 0.0, 0.04]), 1.5, wet)
    if stuff == "pet":
        tint = np.array(assets.muted(rng)) * 0.3 + 0.7 if rng.random() < 0.3 else np.array([0.97, 0.98, 0.99])
        wet = (rng.uniform(0.1, 0.5), rng.uniform(8, 45)) if rng.random() < 0.15 else None
        return materials.clear(tuple(tint), rng.choice([0.0, 0.05, 0.12]), 1.4, wet)
    if stuff == "metal":
        return materials.metal((0.8, 0.8, 0.8), rng.uniform(0.2, 0.5)) if rng.random() < 0.5 else materials.plastic(assets.colour(rng), 0.3)
    white = rng.random() < 0.5
    return materials.plastic((0.85, 0.85, 0.82) if white else assets.colour(rng), rng.uniform(0.2, 0.5), 0.3)


def _thread(bottle: Bottle, stuff: str) -> bpy.types.Mesh:
    """The ridge that a cap turns on."""
    turns = 1.3 if bottle.finish == "wide" else 2.2
    angle = np.linspace(0, 2 * np.pi * turns, int(40 * turns))
    share = angle / angle[-1]
    low, high = bottle.height - bottle.grip * 0.62, bottle.height - 0.035
    if stuff == "metal":
        high = bottle.height - 0.05
    ridge = 0.013 * np.clip(np.minimum(share, 1 - share) * 12, 0.1, 1)
    r = bottle.mouth * 0.985
    return tube(np.stack([r * np.cos(angle), r * np.sin(angle), low + (high - low) * share], 1), ridge, 6)


def _fill(rng: np.random.Generator, kind: Kind, outline: np.ndarray, wall: float, section: Section | None, bottle: Bottle, brim: bool) -> None:
    """Something to drink, up to some level. It overlaps the wall a little, so that no air is seen between."""
    if not bottle.see_through:
        return
    name = str(rng.choice(kind.liquids))
    colour, opaque = LIQUIDS[name]
    if name in ("juice", "syrup", "soda"):
        colour = _other_hue(rng, colour)
    inside = _inside(outline, wall, bottle.hole, bottle.grip, 0.004)
    level = bottle.height * (rng.uniform(0.72, 0.92) if rng.random() < 0.5 else rng.uniform(0.08, 0.85))
    if brim:
        level = bottle.height * rng.uniform(0.93, 0.995)
    body = inside[inside[:, 1] <= level]
    if len(body) < 3:
        return
    profile = np.concatenate([[(0.0, body[0, 1] - 0.004)], body, [(body[-1, 0] * 0.98, body[-1, 1] + 0.004), (0.0, body[-1, 1] + 0.002)]])
    material = materials.plastic(colour, 0.25) if opaque else materials.clear(colour, 0.0, 1.33)
    bottle.parts.append(Part(lathe(profile, 40, section), material))


def _other_hue(rng: np.random.Generator, colour: materials.Colour) -> materials.Colour:
    """The same saturation and brightness, often with another hue."""
    h, s, v = colorsys.rgb_to_hsv(*colour)
    return colorsys.hsv_to_rgb(float(rng.choice([h, rng.random()])), s, v)


def _label(rng: np.random.Generator, assets: Assets, outline: np.ndarray, section: Section | None, bottle: Bottle) -> None:
    """A printed sleeve or sticker on the body, sometimes a second one on the neck."""
    foot = bottle.height * rng.uniform(0.10, 0.35)
    top = foot + bottle.height * rng.uniform(0.12, 0.38)
    reach = 2 * np.pi if rng.random() < 0.55 else rng.uniform(1.6, 4.5)
    paper = materials.picture(materials.label_print(rng, assets), rng.uniform(0.25, 0.7))
    bottle.parts.append(Part(_sleeve(rng, outline, section, foot, min(top, bottle.height * 0.62), reach), paper))
    if bottle.finish in ("crown", "cork", "screw") and bottle.neck > 0.45 and rng.random() < 0.4:
        low = bottle.height - bottle.grip - bottle.neck * rng.uniform(0.7, 1.0)
        paper = materials.picture(materials.label_print(rng, assets, 256, 96), 0.5)
        bottle.parts.append(Part(_sleeve(rng, outline, section, low, low + bottle.neck * rng.uniform(0.2, 0.45), 2 * np.pi), paper))


def _sleeve(rng: np.random.Generator, outline: np.ndarray, section: Section | None, foot: float, top: float, reach: float) -> bpy.types.Mesh:
    z = np.linspace(foot, top, 24)
    r = np.interp(z, outline[:, 1], outline[:, 0]) + 0.004
    start = rng.uniform(0, 2 * np.pi)
    return lathe(np.stack([r, z], 1), 56, section, arc=(start, start + reach))
