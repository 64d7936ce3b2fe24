"""What is around the bottle: backgrounds, clutter, hands and shadows.

The backgrounds come in two sets. Pictures held out for the test use only the second.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from canvas import Bounds, Canvas, Pose, capsule, disc
from palette import Palette

Backdrop = Callable[[np.random.Generator, Palette, int, int], np.ndarray]
"""Paints a background of the given height and width (pixels)."""

BLACK = np.zeros(3, np.float32)


def noise(rng: np.random.Generator, height: int, width: int, cells: tuple[int, int], octaves: int = 3) -> np.ndarray:
    """Smooth noise around 0, about -1 to 1: `cells` (rows, columns) of it, then twice as fine, and so on."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        grid = rng.normal(0, 0.5**octave, (cells[0] * 2**octave + 1, cells[1] * 2**octave + 1))
        total += cv2.resize(grid.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return total * 0.5


def _flat(colour: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.tile(colour.astype(np.float32), (height, width, 1))


def gradient(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """A studio sweep from one colour to another."""
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    row = palette.muted(rng) * (1 - share) + palette.muted(rng) * share
    return np.repeat(row, width, axis=1)


def wall_and_table(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """A rough wall above a table top."""
    picture = _flat(palette.muted(rng), height, width)
    edge = int(height * rng.uniform(0.45, 0.85))
    picture[edge:] = palette.muted(rng)
    return picture + 0.05 * noise(rng, height, width, (6, 8))[..., None]


def planks(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Boards with a long grain, lying or standing."""
    picture = _flat(palette.muted(rng), height, width)
    step = int(height * rng.uniform(0.12, 0.3))
    for top in range(0, height, step):
        picture[top : top + step] *= rng.uniform(0.75, 1.1)
        picture[top : top + 2] *= 0.5
    picture += 0.08 * noise(rng, height, width, (40, 3))[..., None]
    if rng.random() < 0.5:
        picture = cv2.resize(np.ascontiguousarray(picture.transpose(1, 0, 2)), (width, height))
    return picture


def tiles(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Square tiles with joints."""
    picture = _flat(palette.muted(rng), height, width)
    step, joint = int(height * rng.uniform(0.12, 0.35)), palette.muted(rng)
    picture += 0.03 * noise(rng, height, width, (8, 8))[..., None]
    for at in range(int(rng.integers(step)), max(height, width), step):
        picture[at : at + 3] = joint
        picture[:, at : at + 3] = joint
    return picture


def bokeh(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Lights and colours far out of focus."""
    picture = _flat(palette.muted(rng) * 0.6, height, width)
    for _ in range(rng.integers(8, 40)):
        centre = int(rng.integers(width)), int(rng.integers(height))
        radius = int(height * rng.uniform(0.02, 0.16))
        cv2.circle(picture, centre, radius, palette.paint(rng).tolist(), cv2.FILLED)
    return cv2.GaussianBlur(picture, (0, 0), height * rng.uniform(0.008, 0.04))


def stripes(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Wallpaper or a striped cloth, at any angle."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), height * rng.uniform(0.05, 0.3)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    share = np.clip(wave * 4 + 0.5, 0, 1)[..., None]
    return palette.muted(rng) * share + palette.muted(rng) * (1 - share)


def bricks(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Masonry: courses set off by half a brick."""
    picture = _flat(palette.muted(rng), height, width)
    course, brick = int(height * rng.uniform(0.06, 0.14)), palette.muted(rng)
    for row, top in enumerate(range(0, height, course)):
        for left in range(-(row % 2) * course, width, course * 2):
            shade = np.clip(brick * rng.uniform(0.75, 1.15), 0, 1).tolist()
            cv2.rectangle(picture, (left + 2, top + 2), (left + course * 2 - 3, top + course - 3), shade, cv2.FILLED)
    return picture + 0.06 * noise(rng, height, width, (20, 30))[..., None]


def shelves(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Boxes on shelves, a little out of focus."""
    picture = _flat(palette.muted(rng) * 0.7, height, width)
    step = int(height * rng.uniform(0.25, 0.45))
    for floor in range(step, height + step, step):
        left = 0
        while left < width:
            wide, high = int(height * rng.uniform(0.04, 0.15)), int(step * rng.uniform(0.4, 0.9))
            cv2.rectangle(picture, (left, floor - high), (left + wide, floor), palette.paint(rng).tolist(), cv2.FILLED)
            left += wide + int(rng.integers(1, 8))
        cv2.rectangle(picture, (0, floor), (width, floor + step // 12), palette.muted(rng).tolist(), cv2.FILLED)
    return cv2.GaussianBlur(picture, (0, 0), height * rng.uniform(0.002, 0.012))


def marble(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """Stone with veins."""
    veins = 1 - np.abs(noise(rng, height, width, (3, 4), octaves=5)) * 3
    share = (np.clip(veins, 0, 1) ** 3)[..., None] * rng.uniform(0.3, 0.9)
    return palette.muted(rng) * (1 - share) + palette.muted(rng) * share


def checked_cloth(rng: np.random.Generator, palette: Palette, height: int, width: int) -> np.ndarray:
    """A table cloth of crossing bands below a plain wall."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    period = height * rng.uniform(0.08, 0.2)
    bands = (np.sin(x * 2 * np.pi / period) > 0).astype(np.float32) + (np.sin(y * 2 * np.pi / period) > 0)
    share = (bands / 2)[..., None]
    picture = palette.muted(rng) * share + palette.muted(rng) * (1 - share)
    picture[: int(height * rng.uniform(0.1, 0.6))] = palette.muted(rng)
    return picture


SEEN: tuple[Backdrop, ...] = (gradient, wall_and_table, planks, tiles, bokeh, stripes)
HELD_OUT: tuple[Backdrop, ...] = (bricks, shelves, marble, checked_cloth)


def paint_clutter(canvas: Canvas, rng: np.random.Generator, palette: Palette, keep_clear: Pose) -> None:
    """Sticks, boxes and plates, some of them out of focus, away from the mouth at `keep_clear`."""
    for _ in range(rng.integers(0, 6)):
        layer = canvas.pixels.copy()
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        size = canvas.height * rng.uniform(0.04, 0.25)
        if np.hypot(x - keep_clear.x, y - keep_clear.y) < size + 0.2 * keep_clear.scale:
            continue
        _paint_thing(layer, rng, palette, (x, y), size)
        if rng.random() < 0.5:
            layer = cv2.GaussianBlur(layer, (0, 0), canvas.height * rng.uniform(0.003, 0.015))
        canvas.pixels[:] = layer


def _paint_thing(
    picture: np.ndarray, rng: np.random.Generator, palette: Palette, centre: tuple[float, float], size: float
) -> None:
    """One filled shape of `size` pixels with a second one on it."""
    for scale in (1.0, rng.uniform(0.3, 0.8)):
        colour, angle = palette.paint(rng).tolist(), float(rng.uniform(0, 180))
        axes = size * scale, size * scale * rng.uniform(0.15, 1.0)
        if rng.random() < 0.5:
            box = cv2.boxPoints((centre, axes, angle)).astype(np.int32)
            cv2.fillPoly(picture, [box], colour)
        else:
            cv2.ellipse(picture, (centre, axes, angle), colour, cv2.FILLED)


def paint_shadow(canvas: Canvas, pose: Pose, width: float, squash: float, side: float, strength: float) -> None:
    """A soft shadow under and beside an object of radius `width` bu that stands on v = 1 bu."""
    patch = canvas.patch(pose, Bounds(-6 * width, 0.4, 6 * width, 1.6))
    if patch is None:
        return
    foot = disc(patch, 1.0, width * 1.1, max(squash, 0.1))
    cast = patch.coverage(capsule(patch, (0.0, 1.0), (-side * 4 * width, 1.0 - 0.3 * squash), width * 0.8))
    mask = np.maximum(foot, 0.6 * cast)
    mask = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.3 * width / patch.pixel))
    patch.paint(strength * mask, BLACK)


def paint_hand(canvas: Canvas, pose: Pose, body: float, palette: Palette, rng: np.random.Generator) -> None:
    """Fingers that hold the body (radius `body` bu) from one side, well below the mouth."""
    side, skin = rng.choice([-1.0, 1.0]), palette.skin(rng)
    thickness = rng.uniform(0.028, 0.042)
    top = rng.uniform(0.42, 0.62)
    patch = canvas.patch(pose, Bounds(-0.8, top - 0.1, 0.8, top + 0.5))
    if patch is None:
        return
    palm = capsule(patch, (side * body * 1.3, top + 0.06), (side * 0.8, top + rng.uniform(0.1, 0.4)), 0.09)
    patch.paint(patch.coverage(palm), skin * 0.85)
    for finger in range(4):
        v = top + finger * thickness * 2.05
        reach = rng.uniform(-0.6, 0.1) * body
        distance = capsule(patch, (side * body * 1.4, v), (side * reach, v + rng.uniform(-0.02, 0.02)), thickness)
        depth = np.clip(-distance / thickness, 0, 1)[..., None]
        patch.paint(patch.coverage(distance), np.clip(skin * (0.65 + 0.4 * depth), 0, 1))
