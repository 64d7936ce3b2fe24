"""Closures: what makes a bottle closed, where it is when the bottle is open, and what it leaves behind.

A closure is built around its own axis with the mouth's plane at z = 0. Lengths in decimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import bpy
import numpy as np
from mathutils import Matrix, Vector

import materials
from bottle import Bottle
from mesh import Part, lathe, tube
from splits import Assets


@dataclass
class Closure:
    """The parts of a closure."""

    cover: list[Part]
    """What is taken off to open the bottle."""
    stays: list[Part] = field(default_factory=list)
    """What is on the bottle, open or closed: a tamper ring, the base of a flip-top."""
    only_closed: list[Part] = field(default_factory=list)
    """What is torn away for good when it is opened: foil, wire."""
    only_open: list[Part] = field(default_factory=list)
    """What is seen instead: the foil's cut edge."""
    hinge: Vector | None = None
    """Where a lid turns that cannot be taken off."""
    outer: float = 0.2
    """Radius."""
    low: float = -0.2
    high: float = 0.05
    straps: bool = False
    """Whether it may hang from the bottle."""


Builder = Callable[[np.random.Generator, Assets, Bottle], Closure]


def make_closure(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    return BUILDERS[bottle.closure](rng, assets, bottle)


def _cap_material(rng: np.random.Generator, bottle: Bottle, metallic: float = 0.0) -> bpy.types.Material:
    if rng.random() < metallic:
        return materials.metal(_sheen(rng, bottle), rng.uniform(0.15, 0.45))
    return materials.plastic(bottle.closure_colour, rng.uniform(0.2, 0.55))


def _sheen(rng: np.random.Generator, bottle: Bottle) -> materials.Colour:
    """Silver, gold, or lacquer."""
    return ((0.85, 0.85, 0.86), (0.85, 0.65, 0.30), bottle.closure_colour)[rng.integers(3)]


def _shell(r: float, low: float, top: float, edge: float, thick: float = 0.015, taper: float = 0.0, dome: float = 0.0) -> np.ndarray:
    """The profile of a hollow cap: skirt, rounded edge, top, and back along the inside."""
    inner = r - thick
    arc = np.linspace(0, np.pi / 2, 5)
    upper = r - taper
    corner = np.stack([upper - edge + edge * np.cos(arc), top - edge + edge * np.sin(arc)], 1)
    lid = [((upper - edge) * s, top + dome * (1 - s * s)) for s in (0.75, 0.5, 0.25, 0.0)]
    return np.concatenate([[(inner, low), (r, low), (r, low + 0.02)], corner, lid, [(0.0, top - thick), (upper - thick * 1.5, top - thick), (inner, low)]])


def _ribs(count: int, depth: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Grooves around the skirt: the rings 1 to 4 of a shell."""
    return lambda theta, ring: 1 - depth * (0.5 + 0.5 * np.cos(count * theta)) * ((ring >= 2) & (ring <= 4))


def _tamper_ring(r: float, top: float, high: float = 0.035) -> bpy.types.Mesh:
    return lathe([(r - 0.014, top - high), (r, top - high), (r, top), (r - 0.014, top), (r - 0.014, top - high)], 48)


def screw(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A ribbed screw cap, with a tamper ring more often than not."""
    del assets
    r = bottle.mouth * (1.12 if bottle.finish == "pet" else 1.10) + 0.012
    ring = rng.random() < (0.85 if bottle.finish == "pet" else 0.4)
    high = rng.uniform(0.010, 0.035)
    low = -bottle.grip * (0.62 if ring else rng.uniform(0.7, 0.85))
    material = _cap_material(rng, bottle, 0.0 if bottle.finish == "pet" else 0.35)
    count = int(rng.choice([24, 36, 48, 60, 72]))
    shell = _shell(r, low, high, rng.uniform(0.008, 0.03), taper=rng.uniform(0, 0.01))
    cover = [Part(lathe(shell, count * 3 if count < 50 else count * 2, knurl=_ribs(count, rng.uniform(0.015, 0.05))), material)]
    if rng.random() < 0.3:
        cover.append(_logo(rng, bottle, r * 0.8, high))
    stays = []
    if ring:
        at = low - rng.uniform(0.004, 0.012)
        stays = [Part(_tamper_ring(r, at, rng.uniform(0.022, 0.04)), material)]
    return Closure(cover, stays, outer=r, low=low, high=high, straps=bottle.finish == "pet")


def _logo(rng: np.random.Generator, bottle: Bottle, r: float, z: float) -> Part:
    """A printed disc on top."""
    colour = tuple(1 - c for c in bottle.closure_colour) if rng.random() < 0.5 else (0.9, 0.9, 0.9)
    return Part(lathe([(r, z + 0.001), (r, z + 0.002), (0, z + 0.003)], 32), materials.plastic(colour, 0.4))


def tall_screw(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """The long metal cap of wine, spirits and oil; its lower skirt stays on the neck."""
    del assets
    r = bottle.mouth * 1.13 + 0.008
    material = _cap_material(rng, bottle, 0.6)
    low, high = -bottle.grip * rng.uniform(0.9, 1.05), 0.012
    cover = [Part(lathe(_shell(r, low, high, 0.012), 96, knurl=_ribs(36, 0.02)), material)]
    skirt = low - rng.uniform(0.02, min(0.25, max(0.03, bottle.neck * 0.6)))
    stays = [Part(lathe([(r - 0.01, skirt), (r, skirt), (r, low - 0.006), (r - 0.01, low - 0.006)], 48), material)]
    return Closure(cover, stays if rng.random() < 0.7 else [], outer=r, low=low, high=high)


def flat_lid(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A wide low lid, of tin or plastic."""
    del assets
    r = bottle.mouth * 1.08 + 0.015
    low, high = -min(bottle.grip * 0.7, rng.uniform(0.09, 0.16)), 0.012
    material = _cap_material(rng, bottle, 0.5)
    cover = [Part(lathe(_shell(r, low, high, 0.012), 120, knurl=_ribs(int(rng.choice([8, 60])), 0.008)), material)]
    if rng.random() < 0.4:
        cover.append(_logo(rng, bottle, r * 0.85, high))
    return Closure(cover, outer=r, low=low, high=high, straps=rng.random() < 0.3)


def sport_cap(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A cap with a nozzle, sometimes below a clear hood."""
    r = bottle.mouth * 1.12 + 0.012
    low, material = -bottle.grip * 0.7, _cap_material(rng, bottle)
    n = min(r * 0.55, rng.uniform(0.06, 0.11))
    h = rng.uniform(0.10, 0.2)
    profile = [(r - 0.015, low), (r, low), (r, 0.0), (r * 0.92, 0.03), (n * 1.3, 0.06), (n, 0.07), (n, 0.07 + h), (n * 1.2, 0.08 + h), (n * 1.2, 0.12 + h), (n * 0.6, 0.14 + h), (0, 0.14 + h)]
    cover = [Part(lathe(profile, 72, knurl=lambda t, k: 1 - 0.03 * (0.5 + 0.5 * np.cos(36 * t)) * ((k >= 1) & (k <= 2))), material)]
    tip = materials.plastic(assets.colour(rng), 0.4)
    cover.append(Part(lathe([(n * 1.23, 0.09 + h), (n * 1.23, 0.125 + h), (n * 0.5, 0.145 + h), (0, 0.145 + h)], 32), tip))
    if rng.random() < 0.35:
        hood = _shell(r * 0.85, 0.035, 0.19 + h, 0.05, 0.01)
        cover.append(Part(lathe(hood, 40), materials.clear((0.95, 0.96, 0.97), 0.05, 1.35)))
    return Closure(cover, outer=r, low=low, high=0.14 + h, straps=rng.random() < 0.4)


def flip_top(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A base that stays on, and a lid on a hinge."""
    del assets
    r = bottle.mouth * rng.uniform(1.15, 1.45) + 0.012
    low, deck, high = -bottle.grip * 0.85, rng.uniform(0.02, 0.08), rng.uniform(0.12, 0.2)
    material = _cap_material(rng, bottle)
    base = Part(lathe([(r - 0.015, low), (r, low), (r, deck), (r * 0.97, deck + 0.01), (0, deck + 0.012)], 48), material)
    dark = Part(lathe([(r * 0.16, deck + 0.05), (0, deck + 0.051)], 20), materials.plastic((0.01, 0.01, 0.01), 0.9))
    spout = Part(lathe([(r * 0.3, deck), (r * 0.26, deck + 0.05), (r * 0.16, deck + 0.05)], 24), material)
    lid = Part(lathe(_shell(r, deck + 0.015, deck + high, rng.uniform(0.015, 0.05), dome=rng.uniform(0, 0.03)), 48), material)
    tongue = Part(lathe([(0.03, deck + 0.02), (0.03, deck + 0.05)], 12), material)
    return Closure([lid], [base, spout, dark, tongue], hinge=Vector((r, 0, deck + 0.012)), outer=r, low=deck, high=deck + high)


def crown(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """The 21-toothed cap of beer."""
    del assets
    m = bottle.mouth * 1.10
    material = _cap_material(rng, bottle, 0.55)
    profile = [(m * 1.14, -0.062), (m * 1.16, -0.06), (m * 1.10, -0.03), (m * 1.03, 0.0), (m * 0.93, 0.016), (m * 0.7, 0.022), (0, 0.024), (0, 0.014), (m * 0.93, 0.006), (m * 1.14, -0.062)]
    teeth = lambda t, k: 1 + (0.055 * ((k <= 1) | (k == 9)) + 0.025 * (k == 2)) * np.cos(21 * t)  # noqa: E731
    cover = [Part(lathe(profile, 126, knurl=teeth, sharp=1.0), material)]
    if rng.random() < 0.6:
        cover.append(_logo(rng, bottle, m * 0.75, 0.022))
    return Closure(cover, outer=m * 1.16, low=-0.06, high=0.024)


def ring_crown(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A crown that a ring tears off."""
    made = crown(rng, assets, bottle)
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = np.stack([made.outer + 0.06 + 0.07 * np.cos(angle), 0.07 * np.sin(angle), -0.05 - 0.04 * np.cos(angle)], 1)
    made.cover.append(Part(tube(ring, 0.010, 6, closed=True), made.cover[0].material))
    return made


def cork(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A cork, flush or half drawn."""
    del assets
    r = bottle.hole * 1.0
    high = rng.uniform(0.0, 0.02) if rng.random() < 0.4 else rng.uniform(0.06, 0.22)
    low = high - 0.42
    profile = [(0, low), (r * 0.9, low), (r * 0.96, low + 0.02), (r * 0.99, 0.0), (r * (1.0 if high < 0.03 else 1.08), high * 0.5), (r * (0.99 if high < 0.03 else 1.08), high - 0.01), (r * 0.9, high), (0, high)]
    return Closure([Part(lathe(profile, 32), materials.cork(rng))], outer=r, low=low, high=high)


def foil(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A wine's capsule. Opened: gone above the cut, the cork out."""
    plug = cork(rng, assets, bottle)
    m, down = bottle.mouth, min(0.75, bottle.neck * rng.uniform(0.5, 0.9) + bottle.grip)
    material = materials.metal(_sheen(rng, bottle), 0.35) if rng.random() < 0.5 else materials.plastic(bottle.closure_colour, 0.3)
    cut = -rng.uniform(0.06, 0.15)
    lip = [(m * 1.16, -0.12), (m * 1.16, -0.045), (m * 1.07, -0.035), (m * 1.06, 0.0), (m * 0.98, 0.012), (0, 0.014)]
    whole = Part(lathe([(m * 1.10, -down), (m * 1.03, -0.14), *lip], 48), material)
    rest = Part(lathe([(m * 1.10, -down), (m * 1.03, min(cut - 0.01, -0.14)), (m * 1.17, min(cut, -0.12))], 48), material)
    return Closure(plug.cover, [], [whole], [rest] if rng.random() < 0.7 else [], outer=plug.outer, low=plug.low, high=plug.high)


def champagne(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A mushroom cork under wire."""
    del assets
    r, m = bottle.hole, bottle.mouth
    top = [(0, -0.25), (r * 0.98, -0.22), (r * 0.98, 0.0), (r * 1.3, 0.03), (r * 1.55, 0.12), (r * 1.45, 0.2), (r * 0.9, 0.235), (0, 0.24)]
    cover = [Part(lathe(top, 32), materials.cork(rng))]
    plate = Part(lathe([(r * 1.1, 0.236), (r * 1.05, 0.25), (0, 0.255)], 32), materials.metal(_sheen(rng, bottle), 0.3))
    wire = materials.metal((0.7, 0.7, 0.7), 0.35)
    legs = [Part(tube(np.array([(r * 1.05 * c, r * 1.05 * s, 0.25), (r * 1.62 * c, r * 1.62 * s, 0.13), (m * 1.2 * c, m * 1.2 * s, -0.13)]), 0.009, 6), wire) for c, s in ((np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 4, endpoint=False))]
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    legs.append(Part(tube(np.stack([m * 1.2 * np.cos(angle), m * 1.2 * np.sin(angle), angle * 0 - 0.13], 1), 0.011, 6, closed=True), wire))
    sleeve = Part(lathe([(m * 1.12, -0.6), (m * 1.04, -0.2), (m * 1.17, -0.16)], 48), materials.metal(_sheen(rng, bottle), 0.4))
    return Closure(cover, [sleeve] if rng.random() < 0.7 else [], [plate, *legs], outer=r * 1.55, low=-0.25, high=0.25)


def swing_top(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A stopper held by a bow of wire that turns on the neck."""
    m = bottle.mouth
    white = materials.plastic((0.85, 0.84, 0.8) if rng.random() < 0.6 else assets.colour(rng), 0.2)
    stopper = [(0, -0.04), (m * 0.8, -0.03), (m * 1.02, 0.004), (m * 1.02, 0.05), (m * 0.7, 0.1), (m * 0.66, 0.14), (0, 0.16)]
    rubber = Part(lathe([(m * 0.8, -0.035), (m * 1.06, 0.0), (m * 1.06, 0.016), (m * 0.9, 0.02)], 32), materials.plastic((0.5, 0.08, 0.03), 0.6))
    wire = materials.metal((0.75, 0.75, 0.75), 0.25)
    bow = Part(tube(np.array([(0.02, -m * 1.25, -0.32), (0.05, -m * 1.3, -0.1), (0, -m * 0.7, 0.1), (0, m * 0.7, 0.1), (0.05, m * 1.3, -0.1), (0.02, m * 1.25, -0.32)]), 0.012, 8), wire)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    collar = Part(tube(np.stack([m * 1.14 * np.cos(angle), m * 1.14 * np.sin(angle), angle * 0 - 0.22], 1), 0.013, 6, closed=True), wire)
    return Closure([Part(lathe(stopper, 32), white), rubber, bow], [collar], hinge=Vector((m * 1.2, 0, -0.25)), outer=m * 1.3, low=-0.04, high=0.16)


def faceted_cap(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A cap with six to ten flat sides."""
    del assets
    r, sides = bottle.mouth * 1.2 + 0.015, int(rng.integers(6, 11))
    low, high = -bottle.grip * rng.uniform(0.7, 0.9), rng.uniform(0.03, 0.12)
    facets = lambda t, k: np.cos(np.pi / sides) / np.cos((t % (2 * np.pi / sides)) - np.pi / sides) * 1.06 + 0 * k  # noqa: E731
    return Closure([Part(lathe(_shell(r, low, high, 0.02), 120, knurl=facets, sharp=0.4), _cap_material(rng, bottle, 0.2))], outer=r, low=low, high=high)


def dome_cap(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A smooth round-topped cap."""
    del assets
    r, low, high = bottle.mouth * 1.14 + 0.012, -bottle.grip * 0.75, rng.uniform(0.03, 0.1)
    return Closure([Part(lathe(_shell(r, low, high, 0.03, taper=0.01, dome=rng.uniform(0.04, 0.1)), 48), _cap_material(rng, bottle))], outer=r, low=low, high=high + 0.06, straps=bottle.finish == "pet")


def two_tone_screw(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A screw cap with a band and a ring of another colour."""
    made = screw(rng, assets, bottle)
    other = materials.plastic(assets.colour(rng), 0.35)
    r, middle = made.outer, (made.low + made.high) / 2
    made.cover.append(Part(lathe([(r + 0.001, middle - 0.02), (r + 0.005, middle - 0.018), (r + 0.005, middle + 0.018), (r + 0.001, middle + 0.02)], 48), other))
    made.stays = [Part(part.mesh, other) for part in made.stays]
    return made


def bar_top(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A short cork below a knob of wood or plastic."""
    r = bottle.mouth * rng.uniform(1.05, 1.35)
    high = rng.uniform(0.07, 0.16)
    plug = Part(lathe([(0, -0.2), (bottle.hole * 0.98, -0.19), (bottle.hole * 0.98, 0.0)], 32), materials.cork(rng))
    knob = lathe([(0, 0.002), (r, 0.002), (r, high - 0.02), (r * 0.94, high), (0, high)], 48)
    stuff = materials.plastic(assets.colour(rng), 0.35) if rng.random() < 0.6 else materials.pattern("wood", [(0.30, 0.16, 0.07), (0.5, 0.3, 0.14)], 12, 0.5)
    return Closure([plug, Part(knob, stuff)], outer=r, low=-0.2, high=high)


def dropper(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """A collar with a rubber bulb and a glass pipette."""
    del assets
    r, low = bottle.mouth * 1.12 + 0.012, -bottle.grip * 0.8
    collar = Part(lathe(_shell(r, low, 0.02, 0.012), 96, knurl=_ribs(40, 0.025)), _cap_material(rng, bottle, 0.3))
    b = bottle.mouth * 0.62
    bulb = Part(lathe([(b, 0.02), (b * 1.0, 0.12), (b * 1.08, 0.25), (b * 0.8, 0.36), (0, 0.4)], 32), materials.plastic((0.03, 0.03, 0.03) if rng.random() < 0.6 else (0.8, 0.8, 0.78), 0.5))
    pipette = Part(lathe([(0.03, 0.0), (0.03, -0.5), (0.012, -0.6)], 16), materials.clear((0.97, 0.98, 0.98)))
    return Closure([collar, bulb, pipette], outer=r, low=-0.6, high=0.4)


def invented(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> Closure:
    """No closure in particular: a random profile over the mouth or in it, of random stuff, with random trimmings."""
    m, plug = bottle.mouth, rng.random() < (0.5 if bottle.finish in ("cork", "crown") else 0.22)
    high = m * float(np.exp(rng.uniform(np.log(0.06), np.log(2.6))))
    if plug:
        low, r = -rng.uniform(0.06, 0.35), m * rng.uniform(0.75, 1.5)
        high = max(high, 0.02)
        skirt = np.array([(0.0, low), (bottle.hole * 0.9, low), (bottle.hole * 0.99, low * 0.8), (bottle.hole * 0.99, 0.0), (r, 0.002)])
    else:
        low, r = -bottle.grip * rng.uniform(0.3, 1.2), m * rng.uniform(1.06, 1.32) + 0.008
        z = np.linspace(low, 0.0, int(rng.integers(4, 9)))
        flare = 1 + rng.uniform(-0.05, 0.1) * (z / low) ** 2 + rng.normal(0, 0.015, len(z)) * (rng.random() < 0.4)
        skirt = np.stack([r * np.maximum(flare, m * 1.03 / r), z], 1)
    head = _invented_head(rng, r, high)
    under = np.array([(0.0, high * 0.3)] if plug else [(0.0, min(high * 0.5, 0.006)), (r * 0.93, 0.003), (r * 0.94, low)])
    profile = np.concatenate([skirt, head, under if not plug else under[:0]])
    knurl = _invented_knurl(rng, 0 if not plug else len(skirt), len(skirt) + len(head) // 2)
    material = _invented_stuff(rng, assets, bottle)
    cover = [Part(lathe(profile, 144 if knurl else 48, knurl=knurl), material)]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        at = rng.uniform(low, 0.0) if not plug else rng.uniform(0.0, high)
        reach = float(np.interp(at, [*skirt[-1:, 1], *head[:, 1]], [*skirt[-1:, 0], *head[:, 0]])) if plug else float(np.interp(at, skirt[:, 1], skirt[:, 0]))
        half = rng.uniform(0.006, 0.03)
        cover.append(Part(lathe([(reach, at - half), (reach + 0.006, at - half * 0.8), (reach + 0.006, at + half * 0.8), (reach, at + half)], 48), _invented_stuff(rng, assets, bottle)))
    if rng.random() < 0.3:
        cover.append(Part(lathe([(head[-2, 0] * rng.uniform(0.5, 0.95), high + 0.001), (0, high + 0.002)], 32), _invented_stuff(rng, assets, bottle)))
    if rng.random() < 0.15:
        cover.append(_tongue(rng, r, rng.uniform(low if not plug else 0.0, high), material))
    stays = _invented_rest(rng, assets, bottle, low, r, plug, material)
    whole = [_tongue(rng, r, rng.uniform(-0.1, high), materials.metal((0.7, 0.7, 0.7), 0.35)) for _ in range(rng.choice([0, 2, 4], p=[0.92, 0.04, 0.04]))]
    torn = [Part(lathe([(m * 1.12, low - 0.3), (m * 1.08, low - 0.02), (m * 1.15, low)], 48), _invented_stuff(rng, assets, bottle))] if rng.random() < 0.06 else []
    hinge = Vector((r, 0, 0.004)) if not plug and rng.random() < 0.1 else None
    return Closure(cover, stays, whole, torn, hinge=hinge, outer=r, low=low, high=high, straps=rng.random() < 0.35)


def _invented_head(rng: np.random.Generator, r: float, high: float) -> np.ndarray:
    """From the rim to the axis: a random walk of the radius, smooth or with edges; then flat, domed or hollow."""
    steps = int(rng.integers(1, 5))
    heights = np.sort(np.concatenate([[0.0], rng.uniform(0, 1, steps - 1), [1.0]])) * high
    radii = r * np.clip(np.cumprod(np.concatenate([[1.0], np.exp(rng.normal(-0.08, 0.25 if high > 0.08 else 0.06, steps))])), 0.2, 1.5)
    z = np.linspace(0, high, 14)
    smooth = rng.random() < 0.5
    walk = np.interp(z, heights, radii)
    if smooth:
        walk = np.convolve(np.pad(walk, 2, "edge"), np.ones(5) / 5, "valid")
    edge = min(rng.uniform(0.0, 0.04), high * 0.5)
    drop = np.clip((z - (high - edge)) / max(edge, 1e-4), 0, 1)
    walk = walk - np.minimum(edge, walk * 0.5) * (1 - np.sqrt(np.clip(1 - drop**2, 0, 1)))
    end = walk[-1]
    rise = rng.choice([0.0, rng.uniform(-0.03, 0.0), end * rng.uniform(0.0, 0.9)], p=[0.5, 0.2, 0.3])
    top = [(end * np.cos(a), high + rise * np.sin(a)) for a in np.linspace(0.3, np.pi / 2, 6)]
    return np.concatenate([np.stack([walk, z], 1), top])


def _invented_knurl(rng: np.random.Generator, first: int, last: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray] | None:
    """Ribs, grooves, lobes, or nothing, on the rings from `first` to `last`."""
    if rng.random() < 0.4:
        return None
    count = int(rng.choice([3, 4, 5, 11, 14, 18, 24, 30, 40, 48, 60]))
    depth, sharp = (rng.uniform(0.01, 0.06), rng.uniform(0.3, 3)) if count > 5 else (rng.uniform(0.03, 0.16), 1.0)
    return lambda theta, ring: 1 - depth * (0.5 + 0.5 * np.cos(count * theta)) ** sharp * ((ring >= first) & (ring < last))


def _invented_stuff(rng: np.random.Generator, assets: Assets, bottle: Bottle) -> bpy.types.Material:
    """Plastic of any colour, metal, cork, wood, something clear, or what the bottle is made of."""
    kind = rng.choice(7, p=[0.36, 0.2, 0.16, 0.09, 0.05, 0.07, 0.07])
    if kind == 0:
        return materials.plastic(bottle.closure_colour, rng.uniform(0.15, 0.7))
    if kind == 1:
        return materials.plastic(assets.colour(rng), rng.uniform(0.15, 0.7))
    if kind == 2:
        return materials.metal(_sheen(rng, bottle), rng.uniform(0.12, 0.5))
    if kind == 3:
        return materials.cork(rng)
    if kind == 4:
        brown = np.array([0.38, 0.19, 0.08]) * rng.uniform(0.3, 1.7)
        return materials.pattern("wood", [tuple(brown), tuple(brown * 0.5)], rng.uniform(6, 20), rng.uniform(0.3, 0.7))
    if kind == 5:
        return materials.clear(tuple(np.array(assets.muted(rng)) * 0.5 + 0.5), rng.uniform(0.0, 0.3), 1.45)
    return bottle.parts[0].material


def _tongue(rng: np.random.Generator, r: float, z: float, material: bpy.types.Material) -> Part:
    """Something that sticks out: a lever, a tab, an end of wire."""
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.2)
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    side = np.array([-np.sin(angle), np.cos(angle), 0.0]) * rng.normal(0, 0.4)
    up = np.array([0, 0, rng.normal(0, 0.6)])
    path = np.array([out * r * 0.97, out * r + (out + up) * reach * 0.5, out * r + (out + up * 1.3 + side) * reach]) + [0, 0, z]
    return Part(tube(path, rng.uniform(0.006, 0.025), 6), material)


def _invented_rest(rng: np.random.Generator, assets: Assets, bottle: Bottle, low: float, r: float, plug: bool, material: bpy.types.Material) -> list[Part]:
    """What stays on the bottle, open or closed: a ring or a collar below the closure, an insert in the mouth."""
    rest = []
    if not plug and rng.random() < 0.4:
        rest.append(Part(_tamper_ring(r * rng.uniform(0.97, 1.03), low - rng.uniform(0.003, 0.02), rng.uniform(0.015, 0.06)), material if rng.random() < 0.7 else _invented_stuff(rng, assets, bottle)))
    if rng.random() < 0.08:
        m, foot = bottle.mouth, low - rng.uniform(0.05, 0.3)
        rest.append(Part(lathe([(m * 1.2, foot), (m * 1.06, foot + 0.02), (m * 1.06, low - 0.02), (m * 1.0, low - 0.01)], 48), _invented_stuff(rng, assets, bottle)))
    if not plug and rng.random() < 0.1:
        hole = bottle.hole
        rest.append(Part(lathe([(hole, -0.004), (hole, 0.003), (hole * rng.uniform(0.3, 0.8), rng.uniform(-0.03, 0.004)), (hole * 0.25, -0.06)], 32), materials.plastic((0.85, 0.85, 0.82), 0.4)))
    return rest


BUILDERS: dict[str, Builder] = {
    build.__name__: build
    for build in (
        screw, tall_screw, flat_lid, sport_cap, flip_top, crown, ring_crown, cork, foil, champagne, swing_top,
        faceted_cap, dome_cap, two_tone_screw, bar_top, dropper, invented,
    )
}


@dataclass(frozen=True)
class Resting:
    """Where the cover is."""

    where: str
    """on, askew, hanging, hinged, table, gone."""
    matrix: Matrix
    """In the bottle's coordinates; for `table`, in the scene's."""
    strap: list[Part] = field(default_factory=list)


def draw_open(rng: np.random.Generator, assets: Assets, closure: Closure, bottle: Bottle) -> Resting:
    """Choose where the cover is while the bottle is open (never on the table: that is drawn for open and closed alike)."""
    mouth = Matrix.Translation((0, 0, bottle.height))
    turn = Matrix.Rotation(rng.uniform(0, 2 * np.pi), 4, "Z")
    if closure.hinge is not None:
        angle = rng.uniform(1.75, 2.9)
        pivot = Matrix.Translation(closure.hinge)
        return Resting("hinged", mouth @ turn @ pivot @ Matrix.Rotation(angle, 4, "Y") @ pivot.inverted())
    chance = rng.random()
    if chance < assets.askew and closure.low > -0.3:
        return Resting("askew", mouth @ turn @ _askew(rng, assets, closure, bottle))
    if chance < assets.askew + 0.17 and closure.straps:
        side = closure.outer + rng.uniform(0.0, 0.03)
        pivot = Matrix.Translation((side, 0, closure.low))
        matrix = mouth @ turn @ pivot @ Matrix.Rotation(rng.uniform(1.6, 2.8), 4, "Y") @ pivot.inverted()
        strap = np.array([(side - 0.03, 0, closure.low - 0.03), (side + 0.02, 0, closure.low - 0.02), (side + 0.03, 0, closure.low + 0.01)])
        return Resting("hanging", matrix, [Part(tube(strap, 0.012, 6), closure.cover[0].material)])
    return Resting("gone", Matrix())


def _askew(rng: np.random.Generator, assets: Assets, closure: Closure, bottle: Bottle) -> Matrix:
    """Lying loose on the rim, one side fallen past it."""
    tilt = rng.uniform(*assets.tilts)
    reach = closure.outer
    lifted = Matrix.Translation((bottle.mouth * rng.uniform(0.3, 0.8), 0, reach * np.sin(tilt) * 0.75 + min(0.0, closure.low) * -0.6))
    return lifted @ Matrix.Rotation(tilt, 4, "Y")


def lying(rng: np.random.Generator, closure: Closure, x: float, y: float) -> Matrix:
    """On the table at (x, y): upright, on its head, or on its side."""
    turn = Matrix.Rotation(rng.uniform(0, 2 * np.pi), 4, "Z")
    pose = rng.integers(3)
    if pose == 0 and closure.low > -0.3:
        return Matrix.Translation((x, y, -closure.low + 0.002)) @ turn
    if pose == 1:
        return Matrix.Translation((x, y, closure.high + 0.002)) @ turn @ Matrix.Rotation(np.pi, 4, "X")
    return Matrix.Translation((x, y, closure.outer + 0.002)) @ turn @ Matrix.Rotation(np.pi / 2, 4, "X")
