"""Render pictures of open and closed bottles.

Each seed gives one scene, painted twice: once `aberta`, once `fechada`. Bottle, background, light,
hands and camera noise are the same in both; only the closure differs, so nothing else can be learnt.

    python3 render.py --out DIR [--train N] [--val N] [--test N]
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np

import palette as colours
import surroundings
from bottle import Bottle, Light, draw_bottle, paint_bottle
from canvas import Canvas, Pose
from closure import draw_closure, paint_closed, paint_loose, paint_open

NAMES = ("aberta", "fechada")
"""Class names by index: the alphabetical order in which folders are read."""


@dataclass(frozen=True)
class Split:
    """A part of the data with its own seeds, colours and backgrounds."""

    name: str
    palette: colours.Palette
    backdrops: tuple[surroundings.Backdrop, ...]

    def stream(self, seed: int, purpose: str) -> np.random.Generator:
        """Random numbers for one purpose in one scene, independent of all other streams."""
        return np.random.default_rng([crc32(self.name.encode()), seed, crc32(purpose.encode())])


SPLITS = {
    "train": Split("train", colours.SEEN, surroundings.SEEN),
    "val": Split("val", colours.SEEN, surroundings.SEEN),
    "test": Split("test", colours.HELD_OUT, surroundings.HELD_OUT),
}
"""`val` chooses the epoch; `test` has colours and backgrounds of its own and is only ever measured."""

SIZES = ((256, 256), (288, 384), (384, 288), (360, 480), (480, 640))
"""Height and width of the pictures, pixels."""


def render(split: Split, seed: int, label: str) -> np.ndarray:
    """One picture, RGB uint8. The seed chooses everything but the label."""
    scene = split.stream(seed, "scene")
    height, width = SIZES[scene.integers(len(SIZES))]
    bottle = draw_bottle(scene, split.palette)
    backdrop = split.backdrops[scene.integers(len(split.backdrops))]
    canvas = Canvas(np.ascontiguousarray(backdrop(scene, split.palette, height, width), np.float32))
    light, pose = _draw_light(scene), _draw_pose(scene, height, width)
    _paint_before(canvas, pose, bottle, split.palette, light, split.stream(seed, "surroundings"))
    paint_bottle(canvas, pose, bottle, light)
    _paint_label_dependent(canvas, pose, bottle, light, split.stream(seed, "closure"), label)
    _paint_after(canvas, pose, bottle, split.palette, light, split.stream(seed, "foreground"))
    return _photograph(canvas.pixels, split.stream(seed, "camera"))


def _paint_label_dependent(
    canvas: Canvas, pose: Pose, bottle: Bottle, light: Light, rng: np.random.Generator, label: str
) -> None:
    """The only step that knows the label."""
    closure = draw_closure(rng, bottle)
    if label == "fechada":
        paint_closed(canvas, pose, bottle, closure, light)
    else:
        paint_open(canvas, pose, bottle, closure, light, rng)


def _draw_light(rng: np.random.Generator) -> Light:
    strips = tuple(
        (rng.uniform(-0.85, 0.85), rng.uniform(0.03, 0.12), rng.uniform(0.2, 0.9)) for _ in range(rng.integers(1, 4))
    )
    return Light(rng.uniform(-1, 1), rng.uniform(0.3, 0.8), strips)


def _draw_pose(rng: np.random.Generator, height: int, width: int) -> Pose:
    """A pose that keeps the mouth well inside the central square: the whole bottle, or its upper part."""
    side = min(height, width)
    close_up = rng.random() < 0.4
    scale = side * (rng.uniform(1.1, 2.2) if close_up else rng.uniform(0.62, 0.88))
    angle = rng.normal(0, 0.16) if rng.random() < 0.8 else rng.uniform(-0.9, 0.9)
    if close_up:
        x = width / 2 + side * rng.uniform(-0.25, 0.25)
        y = height / 2 + side * rng.uniform(-0.28, 0.05)
        return Pose(x, y, scale, angle)
    slack = max(0.0, 0.86 * side - scale * np.cos(angle)) / 2
    x = width / 2 + side * rng.uniform(-0.2, 0.2) + 0.5 * scale * np.sin(angle)
    x = float(np.clip(x, width / 2 - 0.36 * side, width / 2 + 0.36 * side))
    y = height / 2 - 0.46 * scale * np.cos(angle) + rng.uniform(-0.6, 1.0) * slack
    return Pose(x, max(y, height / 2 - 0.37 * side), scale, angle)


def _paint_before(
    canvas: Canvas, pose: Pose, bottle: Bottle, palette: colours.Palette, light: Light, rng: np.random.Generator
) -> None:
    """Clutter, a second-hand cap now and then, and the bottle's shadow."""
    surroundings.paint_clutter(canvas, rng, palette, pose)
    surroundings.paint_shadow(canvas, pose, bottle.body, bottle.squash, light.side, rng.uniform(0.1, 0.6))
    if rng.random() < 0.25:
        aside = rng.choice([-1.0, 1.0]) * (bottle.body + rng.uniform(0.1, 0.25))
        at = pose.child(aside, rng.uniform(0.85, 1.0), rng.choice([0.0, 1.5, 3.1]))
        paint_loose(canvas, at, bottle, palette, light, rng)


def _paint_after(
    canvas: Canvas, pose: Pose, bottle: Bottle, palette: colours.Palette, light: Light, rng: np.random.Generator
) -> None:
    """A hand, then the light that falls unevenly over the whole picture."""
    if rng.random() < 0.25:
        surroundings.paint_hand(canvas, pose, bottle.body, palette, rng)
    y, x = np.mgrid[-1 : 1 : canvas.height * 1j, -1 : 1 : canvas.width * 1j].astype(np.float32)
    fall = 1 + rng.uniform(0, 0.35) * light.side * x + rng.uniform(-0.25, 0.25) * y
    fall -= rng.uniform(0, 0.2) * (x**2 + y**2)
    tint = 1 + rng.uniform(-0.1, 0.1) * np.array([1, 0, -1], np.float32)
    canvas.pixels *= fall[..., None] * tint * rng.uniform(0.75, 1.5)


def _photograph(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a small camera makes of a scene: blur, motion, noise, contrast. Returns RGB uint8."""
    side = min(pixels.shape[:2])
    pixels = cv2.GaussianBlur(pixels, (0, 0), side * rng.uniform(0.0008, 0.004))
    if rng.random() < 0.2:
        pixels = cv2.filter2D(pixels, -1, _motion(rng, side))
    grain = rng.normal(0, rng.uniform(0.002, 0.03), (*pixels.shape[:2], 3)).astype(np.float32)
    pixels = np.clip(pixels + grain, 0, 1) ** rng.uniform(0.7, 1.2)
    return np.round(pixels * 255).astype(np.uint8)


def _motion(rng: np.random.Generator, side: int) -> np.ndarray:
    """The kernel of a straight shake of up to 1.5 % of the short side (pixels)."""
    length = max(3, int(side * rng.uniform(0.005, 0.015)) | 1)
    kernel, angle = np.zeros((length, length), np.float32), rng.uniform(0, np.pi)
    reach, centre = np.array([np.cos(angle), np.sin(angle)]) * (length // 2), length // 2
    start, end = np.round(centre - reach).astype(int), np.round(centre + reach).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0)
    return kernel / kernel.sum()


def save_jpeg(path: Path, picture: np.ndarray, quality: int) -> None:
    """Write an RGB uint8 picture; `quality` as JPEG counts it, 0 to 100."""
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])


def _render_scene(job: tuple[str, int, Path]) -> None:
    """Both pictures of one scene, written under DIR/<split>/<label>/."""
    name, seed, out = job
    split = SPLITS[name]
    quality = int(split.stream(seed, "jpeg").integers(50, 96))
    for label in NAMES:
        save_jpeg(out / name / label / f"{seed:06d}.jpg", render(split, seed, label), quality)


def _start_worker() -> None:
    cv2.setNumThreads(1)


def render_dataset(out: Path, scenes: dict[str, int], workers: int) -> None:
    """Render `scenes` (split name to number of scenes) into `out`, two pictures to a scene."""
    for name in scenes:
        for label in NAMES:
            (out / name / label).mkdir(parents=True, exist_ok=True)
    jobs = [(name, seed, out) for name, count in scenes.items() for seed in range(count)]
    with ProcessPoolExecutor(workers, initializer=_start_worker) as pool:
        for done, _ in enumerate(pool.map(_render_scene, jobs, chunksize=8), start=1):
            if done % 100 == 0 or done == len(jobs):
                print(f"\rrendered {done} of {len(jobs)} scenes", end="", flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    for name, count in (("train", 2000), ("val", 150), ("test", 400)):
        parser.add_argument(f"--{name}", type=int, default=count, help=f"scenes to render for {name} (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    options = parser.parse_args()
    render_dataset(options.out, {name: getattr(options, name) for name in SPLITS}, options.workers)


if __name__ == "__main__":
    main()
