"""Render scenes with Blender's Cycles: DIR/<seed>[a|b].jpg and .json.

    python render.py DIR --split train --first 0 --count 100

A scene whose files are there is not rendered again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from labels import describe, top_visible  # noqa: E402
from scene import Scene, aim, aim_close, build_scene  # noqa: E402
from splits import HELD_OUT, MOUTHS, SEEN, VARIED  # noqa: E402

SPLITS = {"train": (VARIED, 1), "close": (MOUTHS, 4), "val": (SEEN, 2), "test": (HELD_OUT, 3)}
"""What a split draws from, and the first number of its seeds."""

CLEAR = 0.62
"""A scene is taken when this much of every bottle's top is seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--stride", type=int, default=1, help="render every so manieth scene: several processes share the work")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scale", type=int, default=100, help="size in percent: larger ones are for people to look at")
    parser.add_argument("--unpaired", action="store_true", help="leave out the second picture with the states turned around")
    parser.add_argument("--samples", type=int, help="rays per pixel, in place of the few that training needs")
    args = parser.parse_args()
    args.directory.mkdir(parents=True, exist_ok=True)
    for number in range(args.first, args.first + args.count, args.stride):
        started = time.monotonic()
        done = render_scene(args.directory, args.split, number, args.threads, args.scale, args.samples, not args.unpaired)
        if done:
            print(f"scene {number}: {done} picture(s), {time.monotonic() - started:.1f} s", flush=True)


def render_scene(directory: Path, split: str, number: int, threads: int, scale: int = 100, samples: int | None = None, paired: bool = True) -> int:
    """Render scene `number`; every second one, and every close-up, twice, the second time with every bottle's state turned around."""
    close = split == "close"
    names = [f"{number:05d}a", f"{number:05d}b"] if (close or number % 2 == 0) and paired else [f"{number:05d}a"]
    if all((directory / f"{name}.json").exists() for name in names):
        return 0
    assets, stream = SPLITS[split]
    scene = _close_scene(stream, number) if close else _seen_scene(stream, number)
    _prepare(threads, np.random.default_rng([stream, number, 8]))
    bpy.context.scene.render.resolution_percentage = scale
    bpy.context.scene.cycles.samples = samples or bpy.context.scene.cycles.samples - 2 * close
    for name in names:
        if name.endswith("b"):
            for one in scene.standing:
                one.dress(not one.is_open)
        label = {"seed": [stream, number], "setting": vars(scene.setting), "width": scene.size[0], "height": scene.size[1], "scale": scale, "bottles": describe(scene)}
        picture = _develop(_render(), np.random.default_rng([stream, number, 7]))
        Image.fromarray(picture).save(directory / f"{name}.jpg", quality=96, subsampling=0)
        (directory / f"{name}.json").write_text(json.dumps(label))
    return len(names)


def _seen_scene(stream: int, number: int) -> Scene:
    """The scene of a seed. Where a top is hidden the camera is moved, then the scene drawn anew."""
    assets = SPLITS[next(split for split, (_, s) in SPLITS.items() if s == stream)][0]
    for attempt in range(12):
        rng = np.random.default_rng([stream, number, attempt])
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = build_scene(rng, assets)
        for _ in range(3):
            aim(rng, scene)
            bottles = describe(scene)
            shown = [b for b in bottles if b["box"] and b["visible"] > 0.06]
            if shown and all(b["top_visible"] >= CLEAR for b in shown):
                return scene
    return scene


def _close_scene(stream: int, number: int) -> Scene:
    """A bottle's mouth and what is around it. Where it is hidden the camera is moved, then the scene drawn anew."""
    for attempt in range(12):
        rng = np.random.default_rng([stream, number, attempt])
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = build_scene(rng, SPLITS["close"][0], close=True)
        for _ in range(3):
            if top_visible(scene, aim_close(rng, scene)) >= CLEAR:
                return scene
    return scene


def _prepare(threads: int, rng: np.random.Generator) -> None:
    """Cycles, on so many threads, with few samples and Intel's denoiser, not always the same way: its traces must teach nothing."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "16"
    scene.world.cycles.sampling_method, scene.world.cycles.sample_map_resolution = "MANUAL", 256
    cycles = scene.cycles
    cycles.device, cycles.seed, cycles.use_adaptive_sampling, cycles.use_light_tree = "CPU", int(rng.integers(2**31)), False, False
    cycles.use_denoising, cycles.denoiser, cycles.denoising_quality, cycles.denoising_prefilter = True, "OPENIMAGEDENOISE", "FAST", "FAST"
    guided = rng.random() < 0.6
    cycles.samples, cycles.denoising_input_passes = (5, "RGB_ALBEDO_NORMAL") if guided else (7, "RGB")
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 9, 1, 2
    cycles.transmission_bounces, cycles.transparent_max_bounces, cycles.volume_bounces = 9, 8, 0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect, cycles.blur_glossy = 4.0, 0.5


def _render() -> np.ndarray:
    """Linear RGB, height x width x 3."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "frame.exr")
        bpy.context.scene.render.filepath = path
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(path)
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1, :, :3]


def _develop(linear: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a camera makes of the light: white balance, exposure, a tone curve, sRGB, contrast, saturation."""
    linear = np.clip(np.nan_to_num(linear, nan=0.0, posinf=50.0), 0, 50)
    balance = linear.reshape(-1, 3).mean(0) + 1e-3
    linear = linear * (balance.mean() / balance) ** rng.uniform(0.2, 0.9)
    grey = np.exp(np.mean(np.log(linear.mean(-1) + 0.02)))
    linear = linear * (rng.uniform(0.14, 0.3) / grey)
    curve = linear * (1 + linear / rng.uniform(2, 6) ** 2) / (1 + linear * rng.uniform(0.2, 0.8))
    encoded = np.where(curve < 0.0031308, 12.92 * curve, 1.055 * np.clip(curve, 1e-6, None) ** (1 / 2.4) - 0.055)
    low, high = np.percentile(encoded, (0.5, 99.3))
    stretched = (encoded - low) / max(high - low, 0.2) * rng.uniform(0.88, 1.0) + rng.uniform(0.0, 0.06)
    encoded = encoded + rng.uniform(0.2, 1.0) * (stretched - encoded)
    encoded = encoded.mean(-1, keepdims=True) + (encoded - encoded.mean(-1, keepdims=True)) * rng.uniform(0.9, 1.4)
    return (np.clip(encoded, 0, 1) * 255 + 0.5).astype(np.uint8)


if __name__ == "__main__":
    main()
