"""From a render with several bottles to pictures with one answer: what a classifier is shown."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

NAMES = ("aberta", "fechada")

COVERS = ("on", "gone", "askew", "hanging", "hinged")
"""Where a closure is; only `on` is closed."""

SMALLEST_MOUTH = 3.2
"""Radius (px in the render) below which a person could not tell either."""

GREY = 114
"""What fills the picture up to a square."""


@dataclass(frozen=True)
class Subject:
    """A bottle whose state can be told from its render."""

    picture: int
    """Index into the renders."""
    box: np.ndarray
    """x0, y0, x1, y1, px."""
    mouth: np.ndarray
    foot: np.ndarray
    mouth_radius: float
    label: int
    """Index into NAMES."""
    cover: int
    """Index into COVERS."""
    twin: tuple[int, int]
    """The same for this bottle in every picture of its scene: number of the scene, of the bottle."""
    others: tuple[tuple[float, float, int, float, float], ...]
    """The other mouths: x, y, label, radius, share that is seen."""


def subjects(labels: list[dict]) -> list[Subject]:
    """Every bottle that can be asked about."""
    found = []
    for index, label in enumerate(labels):
        size, scale = np.array([label["width"], label["height"]]), label["scale"] / 100
        for number, bottle in enumerate(label["bottles"]):
            mouth = np.array(bottle["mouth"])
            inside = (mouth > 3).all() and (mouth < size - 3).all()
            if bottle["box"] is None or not inside or bottle["top_visible"] < 0.6 or bottle["mouth_radius"] < SMALLEST_MOUTH:
                continue
            others = tuple(
                (*scale * np.array(other["mouth"]), NAMES.index(other["state"]), scale * other["mouth_radius"], other["top_visible"])
                for k, other in enumerate(label["bottles"])
                if k != number and other["box"]
            )
            found.append(
                Subject(
                    index, scale * np.array(bottle["box"]), scale * mouth, scale * np.array(bottle["foot"]), scale * bottle["mouth_radius"],
                    NAMES.index(bottle["state"]), COVERS.index(bottle["cover"]), (label["seed"][1], number), others,
                )
            )
    return found


def draw_view(rng: np.random.Generator, subject: Subject, width: int, height: int, close: bool = False) -> tuple[int, int, int, int]:
    """A rectangle (px) around the bottle, its neck, or the whole scene, with no second answer in it; `close`: the neck alone."""
    frame = np.array([0, 0, width, height], float)
    for attempt in range(9 if close else 0, 16):
        rect = _propose(rng, subject, frame, attempt)
        rect = np.array([max(rect[0], 0), max(rect[1], 0), min(rect[2], width), min(rect[3], height)])
        contrary = any(rect[0] < x < rect[2] and rect[1] < y < rect[3] and label != subject.label for x, y, label, *_ in subject.others)
        if not contrary and min(rect[2] - rect[0], rect[3] - rect[1]) >= 24:
            break
    return tuple(int(round(v)) for v in rect)


def whole_bottle(subject: Subject, image: np.ndarray) -> tuple[int, int, int, int]:
    """Its box, with a tenth around it."""
    margin = 0.1 * (subject.box[2:] - subject.box[:2]).max()
    low = np.maximum(subject.box[:2] - margin, 0).astype(int)
    high = np.minimum(subject.box[2:] + margin, [image.shape[1], image.shape[0]]).astype(int)
    return low[0], low[1], high[0], high[1]


def _propose(rng: np.random.Generator, subject: Subject, frame: np.ndarray, attempt: int) -> np.ndarray:
    box, mouth, radius = subject.box, subject.mouth, subject.mouth_radius
    size = box[2:] - box[:2]
    chance = rng.random()
    if attempt < 6 and chance < 0.22:
        return frame
    if attempt < 6 and chance < 0.40:
        margin = rng.uniform(0.2, 1.3, 4) * size.max()
        return box + margin * [-1, -1, 1, 1]
    if attempt < 9 and chance < 0.78:
        margin = rng.uniform(0.0, 0.3, 4) * size.min() + radius * 0.4
        return box + margin * [-1, -1, 1, 1]
    reach = max(radius * rng.uniform(3.0, 12.0) * (0.6 if attempt > 9 else 1.0), 16)
    axis = (subject.foot - mouth) / (np.linalg.norm(subject.foot - mouth) + 1e-6)
    centre = mouth + axis * reach * rng.uniform(-0.1, 0.75) + rng.uniform(-0.4, 0.4, 2) * reach * (1 - np.abs(axis))
    aspect = np.exp(rng.uniform(-0.35, 0.35))
    half = np.maximum(reach * np.array([aspect, 1 / aspect]), np.abs(centre - mouth) + radius * 2)
    return np.concatenate([centre - half, centre + half])


def squared(picture: np.ndarray, side: int) -> np.ndarray:
    """The whole picture in a square: long side to `side`, bilinear with antialiasing, centred, grey around."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    square = np.full((side, side, 3), GREY, np.uint8)
    square[top : top + size[1], left : left + size[0]] = small
    return square


def load(path: object) -> np.ndarray:
    """RGB, uint8."""
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
