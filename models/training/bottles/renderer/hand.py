"""A rough hand, gripping something round or holding something small. Lengths in decimetres."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

import materials
from mesh import Part, capsule, joined, place
from splits import Assets


def grip(rng: np.random.Generator, assets: Assets, radius: float, matrix: Matrix) -> list[bpy.types.Object]:
    """A hand around the z axis of `matrix`, its middle at the origin, the forearm towards -x."""
    side = rng.choice([-1.0, 1.0])
    thick = rng.uniform(0.075, 0.095)
    limbs = []
    for k in range(4):
        z = side * (0.26 - 0.172 * k) + rng.uniform(-0.01, 0.01)
        reach = rng.uniform(1.9, 2.6) * min(1.0, 0.36 / radius) - 0.15 * (k == 3)
        angle = np.pi - np.linspace(0.2, 0.2 + reach, 7)
        r = radius + thick * 0.85
        path = np.stack([r * np.cos(angle), -r * np.sin(angle), z + 0 * angle + np.linspace(0, rng.uniform(-0.04, 0.04), 7)], 1)
        limbs.append(capsule(path, thick * np.linspace(1.0, 0.78, 7)))
    angle = np.pi + np.linspace(0.15, rng.uniform(1.2, 1.9), 5)
    r = radius + thick
    thumb = np.stack([r * np.cos(angle), -r * np.sin(angle), side * np.linspace(0.12, rng.uniform(0.25, 0.42), 5)], 1)
    limbs.append(capsule(thumb, thick * np.array([1.5, 1.35, 1.15, 1.05, 0.95])))
    for z in (-0.2, -0.07, 0.07, 0.2):
        back = np.array([(-radius - 0.10, 0.16, z), (-radius - 0.16, -0.05, z), (-radius - 0.38, -0.06, z * 0.8)])
        limbs.append(capsule(back, [0.11, 0.14, 0.13]))
    wrist = np.array([(-radius - 0.35, -0.05, 0), (-radius - 0.9, -0.05 + rng.uniform(-0.2, 0.2), rng.uniform(-0.25, 0.1)), (-radius - 4.0, rng.uniform(-1, 1), rng.uniform(-1.8, 0.6))])
    limbs.append(capsule(wrist, [0.2, 0.21, 0.36]))
    return _fleshed(rng, assets, limbs, matrix)


def pinch(rng: np.random.Generator, assets: Assets, radius: float, matrix: Matrix) -> list[bpy.types.Object]:
    """Thumb and two fingers around something small of `radius` at the origin, the forearm towards -x."""
    thick = rng.uniform(0.07, 0.09)
    limbs = []
    for y, z in ((1, 0.0), (1, -0.17), (-1, -0.05)):
        path = np.array([(-0.85, y * 0.2, z - 0.2), (-0.5, y * (radius + 0.28), z - 0.05), (-0.15, y * (radius + thick * 1.2), z), (0.05, y * (radius + thick * 0.7), z + 0.02)])
        limbs.append(capsule(path, thick * np.array([1.3, 1.1, 1.0, 0.85])))
    for y in (0.15, 0.3):
        path = np.array([(-0.9, y, -0.35), (-0.6, y + 0.1, -0.45), (-0.72, y, -0.6), (-0.95, y, -0.5)])
        limbs.append(capsule(path, [thick * 1.2, thick * 1.1, thick, thick]))
    for y in (-0.15, 0.0, 0.18):
        limbs.append(capsule(np.array([(-0.8, y, -0.25), (-1.3, y * 0.8, -0.35)]), [0.17, 0.2]))
    limbs.append(capsule(np.array([(-1.25, 0, -0.33), (-1.9, 0, -0.5), (-4.5, rng.uniform(-1, 1), -1.5)]), [0.22, 0.22, 0.36]))
    return _fleshed(rng, assets, limbs, matrix)


def _fleshed(rng: np.random.Generator, assets: Assets, limbs: list[bpy.types.Mesh], matrix: Matrix) -> list[bpy.types.Object]:
    """Limbs melted into one, under skin or a glove."""
    material = materials.skin(rng) if rng.random() < 0.85 else materials.glove(assets.colour(rng))
    placed = place("hand", [Part(joined(limbs), material)], matrix)
    melt = placed[0].modifiers.new("melt", "REMESH")
    melt.mode, melt.voxel_size, melt.use_smooth_shade = "VOXEL", 0.03, True
    ease = placed[0].modifiers.new("ease", "SMOOTH")
    ease.iterations = 4
    return placed
