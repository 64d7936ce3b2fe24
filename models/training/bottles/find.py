"""Train the classifier's finder: pictures with one answer, and where the mouths are on them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

import camera
from glimpse import STRIDE, Finder
from read import Renders
from training import Course, fit, tensor
from views import Subject, draw_view, squared, whole_bottle

FROZEN = 5
"""Layers that stay as COCO's photographs made them."""

BATCH = 16

SUBJECT = 6.0
"""How many other mouths of its size the one weighs that a picture was cut out for."""

NEAR_ENOUGH = 1.0
"""Radii between the mouth and where the finder points, at which the reader still sees it well."""


def view(rng: np.random.Generator, renders: Renders, subject: Subject, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture of `side` px and the mouths on it: rows of x, y, radius (px), weight."""
    image = renders.images[subject.picture]
    x0, y0, x1, y1 = whole_bottle(subject, image) if rng.random() < 0.35 else draw_view(rng, subject, image.shape[1], image.shape[0])
    picture = image[y0:y1, x0:x1]
    mouths = mouths_within(subject, x0, y0, x1, y1)
    height, width = picture.shape[:2]
    if rng.random() < 0.5:
        picture, mouths = picture[:, ::-1], mouths * [-1, 1, 1, 1] + [width - 1, 0, 0, 0]
    picture = np.ascontiguousarray(picture)
    if rng.random() < 0.45:
        picture, mouths = _moved(rng, picture, mouths)
    if rng.random() < 0.8:
        picture = camera.photograph(rng, picture)
    return squared(picture, side), on_square(mouths, picture, side)


def mouths_within(subject: Subject, x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    """Rows of x, y, radius (px), weight, in a part of the subject's render. The part was chosen for the subject: it weighs most."""
    others = ((x, y, r, 0.02 + seen**3) for x, y, _, r, seen in subject.others)
    every = np.array([(*subject.mouth, subject.mouth_radius, SUBJECT), *others]) - [x0, y0, 0, 0]
    return every[((every[:, :2] > 0) & (every[:, :2] < [x1 - x0, y1 - y0])).all(1)]


def _moved(rng: np.random.Generator, picture: np.ndarray, mouths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turned a little, often made a small part of a larger picture."""
    height, width = picture.shape[:2]
    scale = rng.uniform(0.35, 1.0) if rng.random() < 0.6 else rng.uniform(1.0, 1.15)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 9)), float(scale))
    turn[:, 2] += rng.uniform(-0.5, 0.5, 2) * (1 - min(scale, 1.0)) * [width, height]
    around = {"borderMode": cv2.BORDER_REPLICATE} if rng.random() < 0.5 else {"borderMode": cv2.BORDER_CONSTANT, "borderValue": rng.integers(0, 256, 3).tolist()}
    picture = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_AREA, **around)
    return picture, np.c_[mouths[:, :2] @ turn[:, :2].T + turn[:, 2], mouths[:, 2] * scale, mouths[:, 3]]


def on_square(mouths: np.ndarray, picture: np.ndarray, side: int) -> np.ndarray:
    """Where mouths of a picture are once it is squared; those outside are dropped."""
    size = np.array(picture.shape[1::-1])
    scale = side / size.max()
    inside = ((mouths[:, :2] > 0) & (mouths[:, :2] < size)).all(1)
    return np.c_[side / 2 + (mouths[:, :2] - size / 2) * scale, mouths[:, 2] * scale, mouths[:, 3]][inside]


def draw_batch(rng: np.random.Generator, sets: list[tuple[Renders, float]], side: int) -> tuple[torch.Tensor, list[np.ndarray]]:
    squares, mouths = [], []
    while len(squares) < BATCH:
        renders = sets[rng.choice(len(sets), p=[share for _, share in sets])][0]
        square, where = view(rng, renders, renders.subjects[rng.integers(len(renders.subjects))], side)
        if len(where):
            squares.append(square)
            mouths.append(where)
    return tensor(squares), mouths


def targets(mouths: list[np.ndarray], side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """For each cell: how much of the answer it is (a picture's cells sum to 1), and the mouth it belongs to (x, y, radius).

    Large mouths are more of the answer than small ones, and hidden ones and those at the picture's edge hardly any.
    """
    count = -(-side // STRIDE)
    y, x = np.mgrid[:count, :count].reshape(2, -1) * STRIDE + STRIDE / 2
    shares, owners = [], []
    for rows in mouths:
        radius = rows[:, 2:3]
        spread = np.maximum(radius * 0.45, STRIDE * 0.45)
        inward = np.minimum(rows[:, :2], side - rows[:, :2]).min(1, keepdims=True) / radius
        near = np.exp(-((x - rows[:, :1]) ** 2 + (y - rows[:, 1:2]) ** 2) / (2 * spread**2))
        near *= radius**2 * rows[:, 3:] * np.clip(inward, 0.1, 1) / near.sum(1, keepdims=True)
        shares.append(near.sum(0) / near.sum())
        owners.append(rows[near.argmax(0), :3])
    return torch.tensor(np.stack(shares), dtype=torch.float32), torch.tensor(np.stack(owners), dtype=torch.float32)


def train(sets: list[tuple[Renders, float]], held: Renders, course: Course, folder: Path, weights: Path | None, side: int) -> list[dict]:
    """Train on renders, each with its share of the views, on pictures of `side` px; keep FOLDER/<course>.pt."""
    torch.manual_seed(course.seed)
    model = Finder(weights).to(memory_format=torch.channels_last)
    frozen = FROZEN if weights is not None else 0
    for layer in model.layers[:frozen]:
        layer.requires_grad_(False)
    groups = [{"params": [p for p in model.layers[frozen:].parameters()], "lr": 5e-4}, {"params": list(model.head.parameters()), "lr": 2e-3}]

    def loss(batch: tuple[torch.Tensor, list[np.ndarray]]) -> torch.Tensor:
        pictures, mouths = batch
        model.train()
        if frozen:
            model.layers.eval()  # the batch norms keep the statistics of photographs
        scores, places, radii = model(pictures)
        shares, owners = targets(mouths, side)
        pointing = -(shares * scores.log_softmax(1)).sum(1)
        off = nn.functional.smooth_l1_loss(places / owners[..., 2:], owners[..., :2] / owners[..., 2:], reduction="none", beta=0.2).sum(-1)
        size = (radii - owners[..., 2].log()).abs()
        return (pointing + (shares * (off + size)).sum(1)).mean()

    return fit(course, folder, model, groups, lambda rng: draw_batch(rng, sets, side), loss, lambda average: validate(average, held, side))


@torch.no_grad()
def validate(model: Finder, renders: Renders, side: int) -> dict:
    """On one plain view of every bottle: how often it points at a mouth, and how far its radius is off (median, factor)."""
    model.eval()
    hits, sizes = [], []
    for index, subject in enumerate(renders.subjects):
        rng = np.random.default_rng([1, index])
        image = renders.images[subject.picture]
        x0, y0, x1, y1 = draw_view(rng, subject, image.shape[1], image.shape[0])
        picture = image[y0:y1, x0:x1]
        rows = on_square(mouths_within(subject, x0, y0, x1, y1), picture, side)
        scores, places, radii = model(tensor([squared(picture, side)]))
        best = int(scores.argmax())
        away = np.linalg.norm(rows[:, :2] - places[0, best].numpy(), axis=1) / rows[:, 2]
        hits.append(away.min() < NEAR_ENOUGH)
        sizes.append(abs(float(radii[0, best]) - np.log(rows[away.argmin(), 2])))
    return {"pointed": round(float(np.mean(hits)), 4), "radius_off": round(float(np.exp(np.median(sizes))), 3)}


def trained(course: str, folder: Path, weights: Path | None) -> Finder:
    """What a training ended with."""
    model = Finder(weights)
    model.load_state_dict(torch.load(folder / f"{course}.pt", weights_only=False)["average"])
    return model.eval()
