"""Where bottles stand: tables, shelves, conveyor belts, fridges, the open air; lamps; other things beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

import materials
from mesh import Part, box, capsule, grid, lathe, mesh_of, place, tube
from splits import Assets

SETTINGS = ("table", "table", "open_air", "shelf", "line", "line", "fridge", "plain", "plain")
"""One of them is drawn: what is named twice comes twice as often."""


@dataclass(frozen=True)
class Setting:
    name: str
    hdri: str
    table: str
    wall: str


def build_setting(rng: np.random.Generator, assets: Assets, name: str) -> Setting:
    """Everything but bottles. The table's top is z = 0; the camera looks towards +y."""
    hdri = str(rng.choice(assets.hdris))
    table = str(rng.choice(assets.tables))
    wall = str(rng.choice(assets.walls))
    world(rng, hdri, rng.uniform(0.5, 1.4))
    lamps(rng, assets, indoors=name in ("shelf", "line", "fridge", "plain"))
    if name == "plain":
        table = "sweep"
        colour = (rng.uniform(0.75, 0.95),) * 3 if rng.random() < 0.4 else assets.muted(rng)
        place("ground", [Part(_sweep(rng.uniform(3, 7)), materials.plastic(colour, 0.7))], Matrix())
    else:
        _table(rng, assets, table, name)
    if name == "table" and rng.random() < 0.6 or name in ("shelf", "line") and rng.random() < 0.75:
        _wall(rng, assets, wall, rng.uniform(3, 14))
    else:
        wall = "none" if name != "fridge" else "fridge"
    if name == "shelf":
        _shelf(rng, assets)
    elif name == "line":
        _rails(rng)
    elif name == "fridge":
        _fridge(rng)
    return Setting(name, hdri, table, wall)


def world(rng: np.random.Generator, hdri: str, strength: float) -> None:
    """Light from all around, from one of the HDRIs that come with Blender."""
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    nodes, link = scene.world.node_tree.nodes, scene.world.node_tree.links.new
    image, turn, place_ = nodes.new("ShaderNodeTexEnvironment"), nodes.new("ShaderNodeMapping"), nodes.new("ShaderNodeTexCoord")
    folder = os.path.join(bpy.utils.resource_path("LOCAL"), "datafiles", "studiolights", "world")
    image.image = bpy.data.images.load(os.path.join(folder, hdri + ".exr"), check_existing=True)
    turn.inputs["Rotation"].default_value = (0, 0, rng.uniform(0, 2 * np.pi))
    link(place_.outputs["Generated"], turn.inputs["Vector"])
    link(turn.outputs[0], image.inputs["Vector"])
    link(image.outputs[0], nodes["Background"].inputs["Color"])
    nodes["Background"].inputs["Strength"].default_value = strength


def lamps(rng: np.random.Generator, assets: Assets, indoors: bool) -> None:
    for _ in range(rng.integers(1 if indoors else 0, 4)):
        kind = str(rng.choice(assets.lamps))
        light = bpy.data.lights.new("lamp", {"area": "AREA", "neon": "AREA", "point": "POINT", "sun": "SUN", "spot": "SPOT"}[kind])
        light.color = _warmth(rng)
        azimuth, height, away = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 7), rng.uniform(2.5, 8)
        place_ = Vector((away * np.cos(azimuth), away * np.sin(azimuth), height))
        power = float(np.exp(rng.uniform(np.log(0.4), np.log(4)))) * place_.length_squared
        if kind == "sun":
            light.energy, light.angle = rng.uniform(0.5, 4), rng.uniform(0.01, 0.1)
        else:
            light.energy = power * 8
        if kind == "area":
            light.shape, light.size, light.size_y = "RECTANGLE", rng.uniform(0.5, 4), rng.uniform(0.5, 4)
        elif kind == "neon":
            light.shape, light.size, light.size_y = "RECTANGLE", rng.uniform(5, 10), rng.uniform(0.1, 0.3)
        elif kind == "point":
            light.shadow_soft_size = rng.uniform(0.1, 0.8)
        elif kind == "spot":
            light.spot_size, light.shadow_soft_size, light.energy = rng.uniform(0.6, 1.4), rng.uniform(0.1, 0.6), power * 20
        lamp = bpy.data.objects.new("lamp", light)
        lamp.location = place_
        lamp.rotation_euler = (Vector((0, 0, 1)) - place_).to_track_quat("-Z", "Y").to_euler()
        bpy.context.scene.collection.objects.link(lamp)


def _warmth(rng: np.random.Generator) -> tuple[float, float, float]:
    warm = rng.uniform(-0.25, 0.6)
    return (1.0, 1 - 0.35 * warm, 1 - 0.75 * warm) if warm > 0 else (1 + warm, 1 + warm * 0.3, 1.0)


def surface(rng: np.random.Generator, assets: Assets, kind: str) -> bpy.types.Material:
    """A table top or a wall."""
    one, two = assets.muted(rng), assets.muted(rng)
    shine = rng.uniform(0.15, 0.8)
    if kind in ("wood", "planks"):
        brown = np.array([0.38, 0.19, 0.08]) * rng.uniform(0.3, 1.7)
        return materials.pattern("wood", [tuple(brown), tuple(brown * rng.uniform(0.35, 0.7))], rng.uniform(1.5, 5), shine, bump=0.1)
    if kind == "plain":
        return materials.plastic(one, shine)
    if kind == "brushed":
        grey = rng.uniform(0.3, 0.8)
        return materials.pattern("brushed", [(grey,) * 3, (grey * 0.7,) * 3], rng.uniform(10, 30), rng.uniform(0.2, 0.45), metallic=1.0)
    if kind == "marble":
        return materials.pattern("marble", [(0.25, 0.25, 0.27), (0.8, 0.79, 0.76)] if rng.random() < 0.6 else [two, one], rng.uniform(0.5, 1.4), 0.15)
    if kind == "concrete":
        return materials.pattern("noise", [one, tuple(np.array(one) * 0.55)], rng.uniform(0.8, 8), 0.85, bump=0.2)
    scale = {"stripes": (0.5, 4), "checks": (0.8, 4), "tiles": (0.5, 1.5), "brick": (0.3, 1.2), "terrazzo": (6, 20), "speckle": (20, 80)}[kind]
    return materials.pattern(kind, [one, two], rng.uniform(*scale), shine, bump=0.3 if kind in ("tiles", "brick") else 0.0)


def _table(rng: np.random.Generator, assets: Assets, kind: str, setting: str) -> None:
    if setting == "line" and rng.random() < 0.7:
        wide = rng.uniform(0.9, 1.8)
        belt = materials.pattern("brushed", [(0.4,) * 3, (0.25,) * 3], 20, 0.3, metallic=1.0) if rng.random() < 0.5 else materials.plastic(assets.muted(rng), 0.5)
        link_ = rng.uniform(0.35, 0.7)
        place("belt", [Part(box(link_ - 0.02, wide, 0.06, (x, 0, -0.06)), belt) for x in np.arange(-12, 12, link_)], Matrix())
        frame = materials.metal((0.6, 0.6, 0.62), 0.3)
        place("frame", [Part(box(40, 0.08, 0.35, (0, s * (wide / 2 + 0.06), -0.3)), frame) for s in (-1, 1)], Matrix())
        place("ground", [Part(grid(80, 80), surface(rng, assets, kind))], Matrix.Translation((0, 0, -rng.uniform(3, 9))))
        return
    turn = Matrix.Rotation(rng.uniform(0, 2 * np.pi) if setting in ("table", "open_air") else 0.0, 4, "Z")
    if setting in ("table", "open_air") and rng.random() < 0.5:
        deep = rng.uniform(3, 8)
        place("table", [Part(box(40, deep, 0.3, (0, deep / 2 - rng.uniform(1.2, 2.4), -0.3)), surface(rng, assets, kind))], Matrix())
        return
    place("table", [Part(grid(60, 60), surface(rng, assets, kind))], turn)


def _wall(rng: np.random.Generator, assets: Assets, kind: str, away: float) -> None:
    stand = Matrix.Translation((0, away, 0)) @ Matrix.Rotation(rng.uniform(-0.4, 0.4), 4, "Z") @ Matrix.Rotation(np.pi / 2, 4, "X")
    place("wall", [Part(grid(80, 60), surface(rng, assets, kind))], stand)


def _sweep(depth: float) -> bpy.types.Mesh:
    """A studio's paper: a floor that turns up into a wall."""
    arc = np.linspace(0, np.pi / 2, 12)
    profile = [(-20.0, 0.0), (depth - 2, 0.0), *zip(depth - 2 + 2 * np.sin(arc), 2 - 2 * np.cos(arc)), (depth, 25.0)]
    points = np.array([[(x, y, z) for y, z in profile] for x in (-30.0, 30.0)])
    n = len(profile)
    k = np.arange(n - 1)
    return mesh_of(points.reshape(-1, 3), np.stack([k, k + n, k + n + 1, k + 1], 1), 1.5)


def _shelf(rng: np.random.Generator, assets: Assets) -> None:
    """Boards behind, with tins and boxes on them."""
    away, step = rng.uniform(1.2, 4), rng.uniform(2.2, 3.4)
    board = surface(rng, assets, "plain")
    for floor in (0, 1, 2):
        z = floor * step - rng.uniform(0, 0.3)
        place("board", [Part(box(24, 1.4, 0.12, (0, away + 0.7, z - 0.12)), board)], Matrix())
        x = -7.0
        while x < 7:
            x += thing(rng, assets, x, away + rng.uniform(0.3, 0.8), z) * 2 + rng.uniform(0.03, 0.4)


def _rails(rng: np.random.Generator) -> None:
    """Guide rails on both sides of the bottles."""
    steel = materials.metal((0.75, 0.75, 0.77), 0.2) if rng.random() < 0.7 else materials.plastic((0.85, 0.85, 0.8), 0.4)
    y, z = rng.uniform(0.5, 0.62), rng.uniform(0.25, 0.9)
    for side in (-1, 1):
        if rng.random() < 0.8:
            place("rail", [Part(tube(np.array([(-20, side * y, z), (0, side * y, z), (20, side * y, z)]), rng.uniform(0.03, 0.06)), steel)], Matrix())
    if rng.random() < 0.3:
        x = rng.uniform(-3, 3)
        place("post", [Part(tube(np.array([(x, 0.75, -1), (x, 0.75, 2), (x, 0.75, 5)]), 0.06), steel)], Matrix())


def _fridge(rng: np.random.Generator) -> None:
    """White walls close around, shelves of glass or wire."""
    white = materials.plastic((0.82, 0.84, 0.85), rng.uniform(0.2, 0.5))
    wide, deep = rng.uniform(2.2, 4), rng.uniform(1.5, 3)
    parts = [box(0.1, 8, 9, (-wide, 0, -3)), box(0.1, 8, 9, (wide, 0, -3)), box(9, 0.1, 9, (0, deep, -3))]
    place("fridge", [Part(mesh, white) for mesh in parts], Matrix())
    shelf = materials.metal((0.8, 0.8, 0.8), 0.3)
    z = rng.uniform(3.3, 4.2)
    place("shelf", [Part(box(wide * 2, 0.08, 0.05, (0, y, z)), shelf) for y in np.arange(-0.8, deep, 0.35)], Matrix())


def thing(rng: np.random.Generator, assets: Assets, x: float, y: float, z: float = 0.0) -> float:
    """Something that is no bottle; gives back its radius."""
    kind = rng.integers(6)
    turn = Matrix.Translation((x, y, z)) @ Matrix.Rotation(rng.uniform(0, 2 * np.pi), 4, "Z")
    paint = materials.plastic(assets.colour(rng), rng.uniform(0.2, 0.8))
    r, h = rng.uniform(0.25, 0.6), rng.uniform(0.4, 1.9)
    if kind == 0:
        side = materials.picture(materials.label_print(rng, assets, 128, 96)) if rng.random() < 0.5 else paint
        place("box", [Part(box(r * 1.4, r * rng.uniform(0.6, 1.4), h), side)], turn)
    elif kind == 1:
        can = [(0, 0), (r * 0.6, 0), (0.32, 0.06), (0.32, 1.05), (0.27, 1.15), (0.26, 1.13), (0, 1.12)]
        place("can", [Part(lathe(can), materials.metal((0.8, 0.8, 0.82), 0.25)), Part(lathe([(0.324, 0.08), (0.324, 1.03)]), materials.picture(materials.label_print(rng, assets)))], turn)
    elif kind == 2:
        cup = [(0, 0), (r * 0.7, 0), (r * 0.8, 0.05), (r, h * 0.6), (r - 0.04, h * 0.6), (r * 0.75, 0.08), (0, 0.07)]
        place("cup", [Part(lathe(cup), paint if rng.random() < 0.6 else materials.clear((0.97, 0.98, 0.98)))], turn)
    elif kind == 3:
        angle = np.linspace(0, np.pi, 14)
        fruit = np.stack([r * 0.7 * np.sin(angle) ** 0.9, r * 0.65 * (1 - np.cos(angle))], 1)
        place("fruit", [Part(lathe(fruit), paint)], turn)
    elif kind == 4:
        place("bowl", [Part(lathe([(0, 0), (r * 0.5, 0), (r, h * 0.25), (r * 1.1, h * 0.3), (r * 1.05, h * 0.3), (r * 0.5, 0.06), (0, 0.05)]), paint)], turn)
    else:
        stick = np.array([(-h / 2, 0, 0.05), (0, 0, 0.05), (h / 2, 0, 0.05)])
        place("stick", [Part(capsule(stick, [0.05, 0.04, 0.05]), paint)], turn)
    return float(r)
