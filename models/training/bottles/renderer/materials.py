"""What things are made of: glass, plastics, metals, prints, and procedural tables and walls."""

from __future__ import annotations

import bpy
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from splits import Assets

Colour = tuple[float, float, float]


def _new(name: str) -> tuple[bpy.types.Material, bpy.types.ShaderNodeTree, bpy.types.ShaderNode]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    return material, material.node_tree, material.node_tree.nodes["Principled BSDF"]


def _set(shader: bpy.types.ShaderNode, **inputs: float | Colour) -> None:
    for key, value in inputs.items():
        socket = shader.inputs[key.replace("_", " ").title().replace("Ior", "IOR")]
        socket.default_value = (*value, 1.0) if isinstance(value, tuple) else value


def plastic(colour: Colour, roughness: float = 0.35, soft: float = 0.0) -> bpy.types.Material:
    """Opaque plastic, rubber or enamel; `soft` lets light in, as HDPE does."""
    material, _, shader = _new("plastic")
    _set(shader, base_color=colour, roughness=roughness, subsurface_weight=soft, subsurface_scale=0.15)
    return material


def metal(colour: Colour, roughness: float = 0.3) -> bpy.types.Material:
    material, _, shader = _new("metal")
    _set(shader, base_color=colour, roughness=roughness, metallic=1.0)
    return material


def clear(colour: Colour, roughness: float = 0.0, ior: float = 1.5, bump: tuple[float, float] | None = None) -> bpy.types.Material:
    """Glass, PET or a liquid. Shadow rays pass it, tinted: it would cast the shadow of a stone otherwise.

    `bump` is (strength, scale) of drops or frost on it.
    """
    material, tree, shader = _new("clear")
    _set(shader, base_color=colour, roughness=roughness, transmission_weight=1.0, ior=ior)
    nodes, link = tree.nodes, tree.links.new
    if bump is not None:
        _bump(tree, shader, nodes.new("ShaderNodeTexVoronoi"), *bump)
    through, mix, path = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeMixShader"), nodes.new("ShaderNodeLightPath")
    through.inputs[0].default_value = (*(0.35 + 0.6 * np.array(colour)), 1.0)
    link(path.outputs["Is Shadow Ray"], mix.inputs[0])
    link(shader.outputs[0], mix.inputs[1])
    link(through.outputs[0], mix.inputs[2])
    link(mix.outputs[0], nodes["Material Output"].inputs[0])
    return material


def _bump(tree: bpy.types.ShaderNodeTree, shader: bpy.types.ShaderNode, texture: bpy.types.ShaderNode, strength: float, scale: float) -> None:
    bump, place = tree.nodes.new("ShaderNodeBump"), tree.nodes.new("ShaderNodeTexCoord")
    texture.inputs["Scale"].default_value = scale
    bump.inputs["Strength"].default_value = strength
    bump.inputs["Distance"].default_value = 0.02
    tree.links.new(place.outputs["Object"], texture.inputs["Vector"])
    tree.links.new(texture.outputs[0], bump.inputs["Height"])
    tree.links.new(bump.outputs[0], shader.inputs["Normal"])


def skin(rng: np.random.Generator) -> bpy.types.Material:
    """A hand, of any tone."""
    material, tree, shader = _new("skin")
    tone = rng.random() ** 0.8
    light, dark = np.array([0.78, 0.50, 0.37]), np.array([0.16, 0.075, 0.045])
    _set(
        shader,
        base_color=tuple(light + (dark - light) * tone), roughness=rng.uniform(0.4, 0.6),
        subsurface_weight=0.2, subsurface_scale=0.06,
    )
    _bump(tree, shader, tree.nodes.new("ShaderNodeTexNoise"), 0.25, rng.uniform(15, 30))
    return material


def glove(colour: Colour) -> bpy.types.Material:
    return plastic(colour, 0.45)


def cork(rng: np.random.Generator) -> bpy.types.Material:
    brown = np.array([0.56, 0.36, 0.19]) * rng.uniform(0.6, 1.15)
    return pattern("speckle", [tuple(brown), tuple(brown * 0.45)], rng.uniform(15, 40), 0.85)


def pattern(kind: str, colours: list[Colour], scale: float, roughness: float, metallic: float = 0.0, bump: float = 0.0) -> bpy.types.Material:
    """A procedural surface; its colours run from the first to the last."""
    material, tree, shader = _new(kind)
    _set(shader, roughness=roughness, metallic=metallic)
    nodes, link = tree.nodes, tree.links.new
    place, ramp, stretch = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeValToRGB"), nodes.new("ShaderNodeMapping")
    texture, output, squeeze, (low, high) = _texture(tree, kind)
    stretch.inputs["Scale"].default_value = squeeze
    texture.inputs["Scale"].default_value = scale
    link(place.outputs["Object"], stretch.inputs["Vector"])
    link(stretch.outputs[0], texture.inputs["Vector"])
    link(texture.outputs[output], ramp.inputs[0])
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = low, high
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = (*colours[0], 1), (*colours[1], 1)
    link(ramp.outputs[0], shader.inputs["Base Color"])
    if bump:
        height = nodes.new("ShaderNodeBump")
        height.inputs["Strength"].default_value = bump
        height.inputs["Distance"].default_value = 0.05
        link(ramp.outputs[0], height.inputs["Height"])
        link(height.outputs[0], shader.inputs["Normal"])
    return material


def _texture(tree: bpy.types.ShaderNodeTree, kind: str) -> tuple[bpy.types.ShaderNode, str, tuple[float, float, float], tuple[float, float]]:
    """The node of a pattern, which output to read, how its space is stretched, where its ramp begins and ends."""
    new = tree.nodes.new
    if kind in ("wood", "planks"):
        wave = new("ShaderNodeTexWave")
        wave.inputs["Distortion"].default_value = 9.0
        wave.inputs["Detail"].default_value = 3.0
        wave.inputs["Detail Scale"].default_value = 1.5
        return wave, "Color", (0.12, 1.0, 1.0), (0.0, 1.0)
    if kind == "stripes":
        return new("ShaderNodeTexWave"), "Color", (1, 1, 1), (0.45, 0.55)
    if kind == "checks":
        checker = new("ShaderNodeTexChecker")
        return checker, "Fac", (1, 1, 1), (0.45, 0.55)
    if kind in ("tiles", "brick"):
        brick = new("ShaderNodeTexBrick")
        brick.inputs["Mortar Size"].default_value = 0.02
        if kind == "tiles":
            brick.offset, brick.inputs["Brick Width"].default_value, brick.inputs["Row Height"].default_value = 0.0, 1.0, 1.0
        return brick, "Fac", (1, 1, 1), (0.1, 0.9)
    if kind == "terrazzo":
        return new("ShaderNodeTexVoronoi"), "Color", (1, 1, 1), (0.35, 0.6)
    if kind == "brushed":
        return new("ShaderNodeTexNoise"), "Fac", (0.02, 1, 1), (0.3, 0.7)
    noise = new("ShaderNodeTexNoise")
    noise.inputs["Detail"].default_value = 4.0
    if kind == "marble":
        noise.inputs["Distortion"].default_value = 1.2
        return noise, "Fac", (1, 1, 1), (0.36, 0.6)
    return noise, "Fac", (1, 1, 1), (0.3, 0.7)


def picture(image: np.ndarray, roughness: float = 0.5) -> bpy.types.Material:
    """A print: RGB uint8, its first row at the top of the UV map."""
    material, tree, shader = _new("print")
    _set(shader, roughness=roughness)
    height, width = image.shape[:2]
    data = bpy.data.images.new("print", width, height)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = image[::-1] / 255
    data.pixels.foreach_set(pixels.ravel())
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = data
    tree.links.new(texture.outputs[0], shader.inputs["Base Color"])
    return material


def label_print(rng: np.random.Generator, assets: Assets, width: int = 384, height: int = 160) -> np.ndarray:
    """Bands, shapes, a word or two and small print, in a few inks."""
    def ink() -> tuple[int, int, int]:
        return tuple(int(255 * c**0.45) for c in assets.colour(rng))

    paper = ink() if rng.random() < 0.6 else tuple(int(v) for v in rng.integers(215, 256, 3))
    sheet = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(sheet)
    for _ in range(rng.integers(0, 4)):
        top = int(rng.integers(0, height))
        draw.rectangle([0, top, width, top + int(rng.integers(2, height // 3))], fill=ink())
    for _ in range(rng.integers(0, 5)):
        x, y, r = int(rng.integers(width)), int(rng.integers(height)), int(rng.integers(6, height // 3))
        (draw.ellipse if rng.random() < 0.6 else draw.rectangle)([x - r, y - r, x + r, y + int(r * rng.uniform(0.4, 1.3))], fill=ink())
    for _ in range(rng.integers(1, 5)):
        word = "".join(rng.choice(list("AEILMNORSTUVBCDaeimnorst "), rng.integers(3, 10)))
        place = int(rng.integers(-20, width)), int(rng.integers(0, height))
        draw.text(place, word, fill=ink(), font=ImageFont.load_default(int(rng.integers(14, height // 2))))
    tiny = ink()
    for _ in range(rng.integers(0, 14)):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        draw.line([x, y, x + int(rng.integers(10, 80)), y], fill=tiny, width=1)
    if rng.random() < 0.3:
        x, y = int(rng.integers(width - 60)), int(rng.integers(height - 40))
        draw.rectangle([x, y, x + 56, y + 36], fill=(250, 250, 250))
        for bar in range(x + 3, x + 53, 3):
            draw.line([bar, y + 3, bar, y + 33], fill=(0, 0, 0), width=int(rng.integers(1, 3)))
    return np.asarray(sheet)
