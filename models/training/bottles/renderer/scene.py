"""One scene: bottles with their closures, hands, surroundings and a camera, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Matrix, Vector

import hand
from bottle import Bottle, make_bottle
from closure import Closure, Resting, draw_open, lying, make_closure
from mesh import place
from splits import Assets
from surroundings import SETTINGS, Setting, build_setting, thing


@dataclass
class Standing:
    """A bottle in the scene."""

    bottle: Bottle
    closure: Closure
    matrix: Matrix
    is_open: bool
    resting: Resting
    """Where its cover is while it is open."""
    pose: str
    objects: list[bpy.types.Object] = field(default_factory=list)
    top: list[bpy.types.Object] = field(default_factory=list)
    """Those that only its state put there."""

    @property
    def mouth(self) -> Vector:
        return self.matrix @ Vector((0, 0, self.bottle.height))

    def dress(self, is_open: bool) -> None:
        """Open or close it."""
        for thing_ in self.top:
            bpy.data.objects.remove(thing_)
        self.is_open = is_open
        mouth = self.matrix @ Matrix.Translation((0, 0, self.bottle.height))
        closure = self.closure
        self.top = place("top", closure.stays, mouth)
        if not is_open:
            self.top += place("top", closure.cover + closure.only_closed, mouth)
            return
        self.top += place("top", closure.only_open, mouth)
        if self.resting.where in ("hinged", "askew", "hanging"):
            self.top += place("top", closure.cover, self.matrix @ self.resting.matrix)
            self.top += place("top", self.resting.strap, mouth)


@dataclass
class Scene:
    setting: Setting
    standing: list[Standing]
    size: tuple[int, int]
    """Width, height."""


CLOSE_SIDE = 136
"""Pixels of a close-up, which is square."""


def build_scene(rng: np.random.Generator, assets: Assets, close: bool = False) -> Scene:
    """Draw a whole scene, or what a close-up needs of one. State is drawn for each bottle by itself, after everything it could be guessed from."""
    name = str(rng.choice(SETTINGS))
    setting = build_setting(rng, assets, name)
    standing = _line_up(rng, assets, 3 if close else 6) if name == "line" else _gather(rng, assets, name, 2 if close else 4)
    loose = _clutter(rng, assets, standing)
    for one in standing:
        one.objects = place("bottle", one.bottle.parts, one.matrix)
        one.dress(one.is_open)
    _hands(rng, assets, standing, name)
    del loose
    if close:
        return Scene(setting, standing, (CLOSE_SIDE, CLOSE_SIDE))
    size = ((384, 288), (288, 384), (336, 336))[rng.choice(3, p=[0.45, 0.35, 0.2])]
    return Scene(setting, standing, size)


def _stand(rng: np.random.Generator, assets: Assets, bottle: Bottle, closure: Closure, matrix: Matrix, pose: str) -> Standing:
    return Standing(bottle, closure, matrix, bool(rng.random() < 0.5), draw_open(rng, assets, closure, bottle), pose)


def _line_up(rng: np.random.Generator, assets: Assets, most: int) -> list[Standing]:
    """A row of one kind, as on a bottling line; each has a state of its own."""
    bottle = make_bottle(rng, assets)
    closure = make_closure(rng, assets, bottle)
    gap = bottle.body * 2 + rng.uniform(0.02, 0.5)
    count = int(rng.integers(1, most + 1))
    middle = rng.uniform(-0.5, 0.5) * gap
    return [
        _stand(rng, assets, bottle, closure, _upright(rng, (k - (count - 1) / 2) * gap + middle, rng.uniform(-0.04, 0.04)), "standing")
        for k in range(count)
    ]


def _gather(rng: np.random.Generator, assets: Assets, name: str, most: int) -> list[Standing]:
    """One bottle, or up to `most`, here and there."""
    count = min(most, int(rng.choice([1, 1, 1, 2, 2, 3, 4])))
    alike = rng.random() < 0.3
    standing: list[Standing] = []
    bottle = make_bottle(rng, assets)
    closure = make_closure(rng, assets, bottle)
    pose = "standing" if name in ("shelf", "fridge") or rng.random() < 0.72 else str(rng.choice(["held", "lying"]))
    for k in range(count):
        if k and not alike:
            bottle = make_bottle(rng, assets)
            closure = make_closure(rng, assets, bottle)
        spot = _spot(rng, standing, bottle.body, count)
        if spot is None:
            continue
        matrix = _upright(rng, *spot)
        if k == 0 and pose == "held":
            matrix = Matrix.Translation((spot[0], spot[1] - 0.3, rng.uniform(0.5, 1.6))) @ _lean(rng, 0.6) @ _spin(rng)
        elif k == 0 and pose == "lying":
            side = Matrix.Rotation(rng.uniform(-0.9, 0.9) + rng.choice([0, np.pi]), 4, "Z") @ Matrix.Rotation(np.pi / 2, 4, "Y")
            matrix = Matrix.Translation((spot[0], spot[1], bottle.body)) @ side @ Matrix.Translation((0, 0, -bottle.height / 2)) @ _spin(rng)
        standing.append(_stand(rng, assets, bottle, closure, matrix, pose if k == 0 else "standing"))
    return standing


def _spin(rng: np.random.Generator) -> Matrix:
    return Matrix.Rotation(rng.uniform(0, 2 * np.pi), 4, "Z")


def _lean(rng: np.random.Generator, most: float) -> Matrix:
    return Matrix.Rotation(rng.uniform(-most, most), 4, "Y") @ Matrix.Rotation(rng.uniform(-most, most) * 0.6, 4, "X")


def _upright(rng: np.random.Generator, x: float, y: float) -> Matrix:
    return Matrix.Translation((x, y, 0)) @ _spin(rng)


def _spot(rng: np.random.Generator, standing: list[Standing], radius: float, count: int) -> tuple[float, float] | None:
    """A free place on the table."""
    spread = 0.12 if count == 1 else 0.45 * count
    for _ in range(40):
        x, y = rng.uniform(-spread, spread), rng.uniform(-0.5, 0.7) * (count > 1)
        others = ((one.matrix.translation.x, one.matrix.translation.y, one.bottle.body if one.pose != "lying" else one.bottle.height * 0.6) for one in standing)
        if all(np.hypot(x - ox, y - oy) > radius + r + 0.03 for ox, oy, r in others):
            return x, y
    return None


def _clutter(rng: np.random.Generator, assets: Assets, standing: list[Standing]) -> list[bpy.types.Object]:
    """Loose closures and other things on the table: beside open bottles and closed ones alike."""
    loose = []
    for one in standing:
        if one.closure.hinge is None and rng.random() < 0.3 and one.pose == "standing":
            x, y, _ = one.matrix.translation
            angle = rng.uniform(0, 2 * np.pi)
            away = one.bottle.body + one.closure.outer + rng.uniform(0.05, 0.5)
            spot = x + away * np.cos(angle), y + away * np.sin(angle)
            if all(np.hypot(spot[0] - o.matrix.translation.x, spot[1] - o.matrix.translation.y) > o.bottle.body + one.closure.outer for o in standing):
                loose += place("loose", one.closure.cover, lying(rng, one.closure, *spot))
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        x, y = rng.uniform(-2.5, 2.5), rng.uniform(0.2, 3.0)
        if all(np.hypot(x - o.matrix.translation.x, y - o.matrix.translation.y) > 1.3 for o in standing):
            thing(rng, assets, x, y)
    return loose


def _hands(rng: np.random.Generator, assets: Assets, standing: list[Standing], name: str) -> None:
    """A hand around a bottle's body or below its neck, or one that holds up a closure; whatever the state."""
    for one in standing:
        held = one.pose == "held"
        if not held and not (one.pose == "standing" and name in ("table", "plain", "open_air") and rng.random() < 0.12):
            continue
        level = one.bottle.height * rng.uniform(0.2, 0.55)
        turn = Matrix.Rotation(rng.uniform(-0.7, 0.7) + rng.choice([0, np.pi]), 4, "Z")
        axis = one.matrix.to_quaternion() @ Vector((0, 0, 1))
        straight = Vector((0, 0, 1)).rotation_difference(axis).to_matrix().to_4x4()
        origin = Matrix.Translation(one.matrix @ Vector((0, 0, level)))
        hand.grip(rng, assets, one.bottle.body * 1.0, origin @ straight @ turn)
        break
    if name in ("table", "plain", "open_air") and rng.random() < 0.1 and standing and standing[0].closure.hinge is None:
        one = standing[0]
        side = rng.choice([-1.0, 1.0])
        spot = one.mouth + Vector((side * rng.uniform(0.5, 1.1), rng.uniform(-0.2, 0.3), rng.uniform(-0.4, 0.4)))
        toward = Matrix.Rotation(np.pi if side > 0 else 0.0, 4, "Z") @ Matrix.Rotation(rng.uniform(-0.4, 0.4), 4, "Y")
        matrix = Matrix.Translation(spot) @ toward
        place("loose", one.closure.cover, matrix @ _lean(rng, 0.8) @ Matrix.Translation((0, 0, -one.closure.high / 2)))
        hand.pinch(rng, assets, one.closure.outer, matrix)


def aim(rng: np.random.Generator, scene: Scene) -> None:
    """Point the camera at one bottle, or at all of them."""
    world = bpy.context.scene
    world.render.resolution_x, world.render.resolution_y = scene.size
    camera = world.camera or bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    if world.camera is None:
        world.collection.objects.link(camera)
        world.camera = camera
    focal = float(np.exp(rng.uniform(np.log(24), np.log(85))))
    camera.data.lens, camera.data.sensor_width, camera.data.clip_start = focal, 36.0, 0.01
    subject = scene.standing if rng.random() < 0.6 else [scene.standing[rng.integers(len(scene.standing))]]
    close = rng.random() < 0.25
    corners = [c for one in subject for c in _corners(one, close)]
    centre = sum(corners, Vector()) / len(corners)
    high = rng.choice([rng.uniform(-0.04, 0.25), rng.uniform(0.2, 0.55), rng.uniform(0.5, 0.87)], p=[0.4, 0.4, 0.2])
    azimuth = rng.uniform(-0.9, 0.9) * (0.5 if scene.setting.name in ("fridge", "shelf") else 1.0)
    away = Vector((np.sin(azimuth) * np.cos(high), -np.cos(azimuth) * np.cos(high), np.sin(high)))
    roll = rng.normal(0, 0.06) if rng.random() < 0.85 else rng.uniform(-0.26, 0.26)
    share = rng.uniform(0.6, 1.0) if rng.random() < 0.8 else rng.uniform(0.35, 0.6)
    distance = 6.0
    aside = rng.uniform(-1, 1, 2)
    turned = away.to_track_quat("Z", "Y").to_matrix().to_4x4() @ Matrix.Rotation(roll, 4, "Z")
    shift = Vector()
    for _ in range(4):
        spot = centre + away * distance + shift
        spot.z = max(spot.z, 0.15)
        camera.matrix_world = Matrix.Translation(spot) @ turned
        bpy.context.view_layer.update()
        seen = np.array([world_to_camera_view(world, camera, c)[:2] for c in corners])
        low, top = seen.min(0), seen.max(0)
        span = max(top - low)
        distance = float(np.clip(distance * span / share, 0.8, 25))
        room = np.clip((1 - (top - low) * share / span) / 2, 0.0, 0.4)
        offset = (low + top) / 2 - 0.5 - aside * room * 0.8
        wide = 36.0 / focal * distance * (scene.size[0] / max(scene.size))
        tall = 36.0 / focal * distance * (scene.size[1] / max(scene.size))
        shift = shift + turned.to_3x3() @ Vector((offset[0] * wide, offset[1] * tall, 0)) * 0.8
    bpy.context.view_layer.update()
    dof = camera.data.dof
    dof.use_dof = rng.random() < 0.8
    dof.focus_distance = max(0.3, -(camera.matrix_world.inverted() @ subject[0].mouth).z * rng.normal(1.0, 0.03))
    dof.aperture_fstop = float(rng.choice([2.8, 4, 5.6, 8, 11])) / 10


def aim_close(rng: np.random.Generator, scene: Scene) -> Standing:
    """Point the camera at the mouth of one bottle, from above, from level or from below; gives back which."""
    world = bpy.context.scene
    world.render.resolution_x, world.render.resolution_y = scene.size
    camera = world.camera or bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    if world.camera is None:
        world.collection.objects.link(camera)
        world.camera = camera
    one = scene.standing[rng.integers(len(scene.standing))]
    focal = float(np.exp(rng.uniform(np.log(24), np.log(110))))
    camera.data.lens, camera.data.sensor_width, camera.data.clip_start = focal, 36.0, 0.01
    high = rng.choice([rng.uniform(-0.35, 0.2), rng.uniform(0.1, 0.6), rng.uniform(0.5, 1.3)], p=[0.38, 0.37, 0.25])
    azimuth = rng.uniform(-0.9, 0.9) * (0.5 if scene.setting.name in ("fridge", "shelf") else 1.0)
    away = Vector((np.sin(azimuth) * np.cos(high), -np.cos(azimuth) * np.cos(high), np.sin(high)))
    turned = away.to_track_quat("Z", "Y").to_matrix().to_4x4() @ Matrix.Rotation(rng.normal(0, 0.1), 4, "Z")
    radius = rng.uniform(0.08, 0.13)
    distance = focal / 36.0 * one.bottle.mouth / radius
    aside = turned.to_3x3() @ Vector((rng.uniform(-1, 1), rng.uniform(-1, 1), 0)) * one.bottle.mouth * 0.5
    spot = one.mouth + away * distance + aside
    spot.z = max(spot.z, 0.12)
    camera.matrix_world = Matrix.Translation(spot) @ turned
    bpy.context.view_layer.update()
    dof = camera.data.dof
    dof.use_dof = rng.random() < 0.7
    dof.focus_distance = max(0.1, distance * rng.normal(1.0, 0.04))
    dof.aperture_fstop = float(rng.choice([4, 5.6, 8, 11, 16])) / 10
    return one


def _corners(one: Standing, close: bool) -> list[Vector]:
    """The bottle's bounding box, or that of its neck."""
    b = one.bottle
    low = b.height * 0.6 if close else 0.0
    r = b.body if not close else b.body * 0.8
    return [one.matrix @ Vector((sx * r, sy * r, z)) for sx in (-1, 1) for sy in (-1, 1) for z in (low, b.height + 0.05)]
