"""What is seen of each bottle, found by shooting rays at a finished scene."""

from __future__ import annotations

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from scene import Scene, Standing

STEP = 4
"""Pixels between rays."""


def top_visible(scene: Scene, one: Standing) -> float:
    """Share of the rim and the finish, on the camera's side, that is inside the frame and behind nothing of another."""
    bpy.context.view_layer.update()
    return _top_visible(scene, one)


def describe(scene: Scene) -> list[dict]:
    """For each bottle: box (px; x0, y0, x1, y1), state, the mouth's place (px), and how much is visible of it and of its top."""
    bpy.context.view_layer.update()
    seen = _seen(scene)
    return [_describe(scene, one, seen) for one in scene.standing]


def _seen(scene: Scene) -> np.ndarray:
    """For each ray of a grid: the index of the bottle it meets first, or -1."""
    world, camera = bpy.context.scene, bpy.context.scene.camera
    graph = bpy.context.evaluated_depsgraph_get()
    owner = {thing.name: k for k, one in enumerate(scene.standing) for thing in one.objects + one.top}
    width, height = scene.size
    frame = [camera.matrix_world @ c for c in camera.data.view_frame(scene=world)]
    right_top, _, left_bottom, left_top = frame
    origin = camera.matrix_world.translation
    ids = np.full((height // STEP, width // STEP), -1)
    for row in range(ids.shape[0]):
        for column in range(ids.shape[1]):
            x, y = (column + 0.5) / ids.shape[1], (row + 0.5) / ids.shape[0]
            toward = left_top + (right_top - left_top) * x + (left_bottom - left_top) * y - origin
            hit, _, _, _, thing, _ = world.ray_cast(graph, origin, toward.normalized())
            if hit:
                ids[row, column] = owner.get(thing.name, -1)
    return ids


def _describe(scene: Scene, one: Standing, seen: np.ndarray) -> dict:
    index = scene.standing.index(one)
    outline = _outline(scene, one.objects + one.top)
    rows, columns = np.nonzero(seen == index)
    full = [*outline.min(0), *outline.max(0)]
    box = None
    if len(rows) >= 4:
        width, height = scene.size
        low = np.maximum(outline.min(0), np.array([columns.min(), rows.min()]) * STEP - STEP / 2)
        high = np.minimum(outline.max(0), np.array([columns.max() + 1, rows.max() + 1]) * STEP + STEP / 2)
        box = [round(float(v), 1) for v in (max(low[0], 0), max(low[1], 0), min(high[0], width), min(high[1], height))]
    mouth = _pixel(scene, one.mouth)
    foot = _pixel(scene, one.matrix.translation)
    return {
        "state": "aberta" if one.is_open else "fechada",
        "box": box,
        "full_box": [round(float(v), 1) for v in full],
        "mouth": [round(float(v), 1) for v in mouth],
        "foot": [round(float(v), 1) for v in foot],
        "mouth_radius": round(float(_mouth_radius(scene, one)), 1),
        "visible": round(len(rows) / max(1.0, _expected(outline)), 3),
        "top_visible": round(_top_visible(scene, one), 3),
        "kind": one.bottle.kind,
        "closure": one.bottle.closure,
        "cover": one.resting.where if one.is_open else "on",
        "pose": one.pose,
    }


def _pixel(scene: Scene, point: Vector) -> np.ndarray:
    x, y, _ = world_to_camera_view(bpy.context.scene, bpy.context.scene.camera, point)
    return np.array([x * scene.size[0], (1 - y) * scene.size[1]])


def _mouth_radius(scene: Scene, one: Standing) -> float:
    camera = bpy.context.scene.camera
    right = camera.matrix_world.to_3x3() @ Vector((1, 0, 0))
    return np.linalg.norm(_pixel(scene, one.mouth + right * one.bottle.mouth) - _pixel(scene, one.mouth))


def _outline(scene: Scene, things: list[bpy.types.Object]) -> np.ndarray:
    """Where the vertices fall, px."""
    camera = bpy.context.scene.camera
    width, height = scene.size
    inverse = np.array(camera.matrix_world.inverted())
    focal = camera.data.lens / camera.data.sensor_width * max(width, height)
    points = []
    for thing in things:
        own = np.empty(len(thing.data.vertices) * 3, np.float32)
        thing.data.vertices.foreach_get("co", own)
        own = own.reshape(-1, 3)
        local = np.c_[own, np.ones(len(own))] @ (inverse @ np.array(thing.matrix_world)).T
        depth = np.maximum(-local[:, 2], 1e-3)
        points.append(np.stack([width / 2 + focal * local[:, 0] / depth, height / 2 - focal * local[:, 1] / depth], 1))
    return np.concatenate(points)


def _expected(outline: np.ndarray) -> float:
    """Rays that would meet it if nothing were in the way and the frame had no end: about 0.7 of its box."""
    return 0.7 * float(np.prod(outline.max(0) - outline.min(0))) / STEP**2


def _top_visible(scene: Scene, one: Standing) -> float:
    world, camera = bpy.context.scene, bpy.context.scene.camera
    graph = bpy.context.evaluated_depsgraph_get()
    own = {thing.name for thing in one.objects + one.top}
    width, height = scene.size
    origin = camera.matrix_world.translation
    seen = total = 0
    for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        for down in (-0.01, 0.4, 0.8):
            r = one.bottle.mouth * 0.9
            point = one.matrix @ Vector((r * np.cos(angle), r * np.sin(angle), one.bottle.height - down * one.bottle.grip))
            outward = one.matrix.to_3x3() @ Vector((np.cos(angle), np.sin(angle), 0.3))
            if outward.dot(origin - point) < 0:
                continue
            total += 1
            x, y = _pixel(scene, point)
            if not (2 <= x < width - 2 and 2 <= y < height - 2):
                continue
            hit, _, _, _, thing, _ = world.ray_cast(graph, origin, (point - origin).normalized())
            seen += bool(hit and thing.name in own)
    return seen / max(total, 1)
