"""Meshes made of numbers: surfaces of revolution, tubes and boxes.

Lengths are decimetres (dm): one Blender unit is 10 cm. A mesh's own axis is z.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

Section = Callable[[np.ndarray, float], np.ndarray]
"""Factor (x, y) on the radius at angles theta (radians) and height z: what makes a body not round."""


@dataclass(frozen=True)
class Part:
    """One mesh with its material, in the coordinates of the thing it belongs to."""

    mesh: bpy.types.Mesh
    material: bpy.types.Material


def place(name: str, parts: Sequence[Part], matrix: Matrix) -> list[bpy.types.Object]:
    """Put parts into the scene."""
    placed = []
    for part in parts:
        thing = bpy.data.objects.new(name, part.mesh)
        if not part.mesh.materials:
            part.mesh.materials.append(part.material)
        thing.matrix_world = matrix
        bpy.context.scene.collection.objects.link(thing)
        placed.append(thing)
    return placed


def lathe(
    profile: Sequence[tuple[float, float]] | np.ndarray,
    segments: int = 48,
    section: Section | None = None,
    knurl: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    arc: tuple[float, float] | None = None,
    sharp: float = 0.6,
) -> bpy.types.Mesh:
    """Turn a profile of (radius, z) around z; `knurl` (theta, ring index) gives a factor on the radius.

    `arc` turns it through a part of the circle only. Its UV map runs around it and up the profile.
    """
    points = np.asarray(profile, np.float64)
    rings = len(points)
    whole = arc is None
    start, end = arc or (0.0, 2 * np.pi)
    columns = segments if whole else segments + 1
    theta = np.linspace(start, end, columns, endpoint=not whole)
    radius = np.maximum(points[:, :1], 1e-5) * np.ones((1, columns))
    if knurl is not None:
        radius = radius * knurl(theta[None, :], np.arange(rings)[:, None])
    x, y = radius * np.cos(theta), radius * np.sin(theta)
    if section is not None:
        factors = np.stack([section(theta, z) for z in points[:, 1]])
        x, y = x * factors[..., 0], y * factors[..., 1]
    vertices = np.stack([x, y, np.repeat(points[:, 1:], columns, 1)], -1).reshape(-1, 3)
    along = np.arange(columns if whole else columns - 1)
    ring = np.arange(rings - 1)[:, None] * columns
    after = (along + 1) % columns
    faces = np.stack([ring + along, ring + after, ring + columns + after, ring + columns + along], -1).reshape(-1, 4)
    u = np.stack([along, along + 1, along + 1, along], -1) / len(along)
    low = np.arange(rings - 1)[:, None, None] / max(rings - 1, 1)
    high = (np.arange(rings - 1)[:, None, None] + 1) / max(rings - 1, 1)
    v = np.concatenate([low, low, high, high], -1)
    uv = np.stack(np.broadcast_arrays(u[None], v), -1).reshape(-1, 2)
    return mesh_of(vertices, faces, sharp, uv)


def tube(path: np.ndarray, radius: np.ndarray | float, sides: int = 8, closed: bool = False) -> bpy.types.Mesh:
    """A round wire along points (n, 3)."""
    path = np.asarray(path, np.float64)
    radius = np.broadcast_to(np.asarray(radius, np.float64), (len(path),))
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-9
    up = np.where(np.abs(ahead[:, 2:]) > 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]])
    side = np.cross(ahead, up)
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    other = np.cross(side, ahead)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * other[:, None]
    vertices = (path[:, None] + ring * radius[:, None, None]).reshape(-1, 3)
    rows = len(path) if closed else len(path) - 1
    row = np.arange(rows)[:, None]
    near, far = row * sides, (row + 1) % len(path) * sides
    k = np.arange(sides)
    faces = np.stack([near + k, near + (k + 1) % sides, far + (k + 1) % sides, far + k], -1).reshape(-1, 4)
    return mesh_of(vertices, faces, 1.2)


def capsule(path: np.ndarray, radius: Sequence[float]) -> bpy.types.Mesh:
    """A tube with rounded ends: a finger, a forearm."""
    path, radii = np.asarray(path, np.float64), np.asarray(radius, np.float64)
    first = path[0] - path[1]
    last = path[-1] - path[-2]
    bend = np.linspace(0, np.pi / 2, 6)[1:]
    head = [path[0] + first / np.linalg.norm(first) * radii[0] * np.sin(a) for a in bend][::-1]
    tail = [path[-1] + last / np.linalg.norm(last) * radii[-1] * np.sin(a) for a in bend]
    widths = [*(radii[0] * np.cos(bend))[::-1], *radii, *(radii[-1] * np.cos(bend))]
    return tube(np.concatenate([head, path, tail]), np.maximum(widths, 1e-3), 12)


def box(x: float, y: float, z: float, origin: tuple[float, float, float] = (0, 0, 0)) -> bpy.types.Mesh:
    """A cuboid centred on `origin` in x and y, standing on it in z."""
    cx, cy, cz = origin
    corners = [(cx + sx * x / 2, cy + sy * y / 2, cz + sz * z) for sz in (0, 1) for sy in (-1, 1) for sx in (-1, 1)]
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return mesh_of(np.array(corners), np.array(faces), 0.1)


def grid(width: float, depth: float) -> bpy.types.Mesh:
    """A flat rectangle around the origin, facing up."""
    corners = [(-width / 2, -depth / 2, 0), (width / 2, -depth / 2, 0), (width / 2, depth / 2, 0), (-width / 2, depth / 2, 0)]
    uv = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    return mesh_of(np.array(corners), np.array([(0, 1, 2, 3)]), 0.1, uv)


def joined(meshes: Sequence[bpy.types.Mesh]) -> bpy.types.Mesh:
    """Several quad meshes as one."""
    vertices, faces, offset = [], [], 0
    for mesh in meshes:
        points = np.empty(len(mesh.vertices) * 3)
        mesh.vertices.foreach_get("co", points)
        corners = np.empty(len(mesh.polygons) * 4, np.int32)
        mesh.loops.foreach_get("vertex_index", corners)
        vertices.append(points.reshape(-1, 3))
        faces.append(corners.reshape(-1, 4) + offset)
        offset += len(mesh.vertices)
    return mesh_of(np.concatenate(vertices), np.concatenate(faces), 1.5)


def mesh_of(vertices: np.ndarray, faces: np.ndarray, sharp: float, uv: np.ndarray | None = None) -> bpy.types.Mesh:
    """A smooth mesh of quads (n, 4), with edges sharper than `sharp` radians kept sharp; `uv` for each corner of each quad."""
    mesh = bpy.data.meshes.new("mesh")
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 4, dtype=np.int32))
    if uv is not None:
        mesh.uv_layers.new(name="uv").data.foreach_set("uv", uv.astype(np.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), bool))
    mesh.set_sharp_from_angle(angle=sharp)
    return mesh
