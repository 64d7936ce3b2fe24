"""Train the classifier's reader: windows around mouths, which the renderer knows; open or closed, and where the closure is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

import camera
from glimpse import WINDOW, Reader
from training import Course, fit, tensor
from views import GREY, Subject, load, subjects

FROZEN = 2
"""Layers that stay as COCO's photographs made them: the texture of renders is not to be learnt."""

BATCH = 64


class Renders:
    """Pictures in memory, and the bottles on them."""

    def __init__(self, pictures: list[tuple[Path, dict]]) -> None:
        self.images = [load(path) for path, _ in pictures]
        self.subjects = subjects([label for _, label in pictures])

    def twins(self) -> list[list[Subject]]:
        """The subjects, each with itself in the other state where the scene was rendered twice."""
        same = defaultdict(list)
        for subject in self.subjects:
            same[subject.twin].append(subject)
        return list(same.values())


@dataclass(frozen=True)
class Aim:
    """Where a window lies, as a finder might have pointed."""

    off: tuple[float, float]
    """From the mouth, in its radii."""
    size: float
    """On the window's width."""
    stretch: float
    turn: float
    """Radians."""
    mirrored: bool
    fine: float
    """Pixels of the window across, as a share of the reader's: how small the mouth was in the picture."""
    cut: tuple[float, float, float, float] | None
    """Where the picture ends to the left, above, to the right and below, in radii from the mouth; None where the render does."""
    grey: bool
    """Whether the picture's surroundings are grey; its edge goes on otherwise."""

    @staticmethod
    def draw(rng: np.random.Generator) -> Aim:
        loose = rng.choice([0.2, 0.5, 1.1], p=[0.68, 0.24, 0.08])
        return Aim(
            tuple(rng.normal(0, loose, 2)), float(np.exp(rng.normal(0, 0.17))), float(np.exp(rng.normal(0, 0.08))),
            float(rng.normal(0, 0.12) if rng.random() < 0.8 else rng.uniform(-0.6, 0.6)), bool(rng.random() < 0.5),
            float(rng.uniform(0.4, 1.1) if rng.random() < 0.75 else rng.uniform(0.25, 0.5)),
            tuple(rng.uniform(1.8, 7.0, 4)) if rng.random() < 0.5 else None, bool(rng.random() < 0.5),
        )


STRAIGHT = Aim((0.0, 0.0), 1.0, 1.0, 0.0, False, 1.0, None, False)


def window(image: np.ndarray, subject: Subject, side: int, aim: Aim) -> np.ndarray:
    """The square around a mouth, as coarse as it would be in a picture where it is so small."""
    mouth = subject.mouth
    if aim.cut is not None:
        low = np.maximum(mouth - np.array(aim.cut[:2]) * subject.mouth_radius, 0).astype(int)
        high = (mouth + np.array(aim.cut[2:]) * subject.mouth_radius).astype(int)
        image, mouth = image[low[1] : high[1], low[0] : high[0]], mouth - low
    half = subject.mouth_radius * WINDOW * aim.size
    pixels = max(int(side * aim.fine), 24)
    scale = pixels / (2 * half)
    cos, sin = np.cos(aim.turn) * scale, np.sin(aim.turn) * scale
    flip = -1.0 if aim.mirrored else 1.0
    turn = np.array([[cos * flip * aim.stretch, -sin * aim.stretch], [sin * flip, cos]])
    centre = mouth + np.array(aim.off) * subject.mouth_radius
    matrix = np.c_[turn, pixels / 2 - turn @ centre]
    if scale < 0.75:
        image = cv2.GaussianBlur(image, (0, 0), 0.45 / scale)
    around = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": (GREY,) * 3} if aim.grey else {"borderMode": cv2.BORDER_REPLICATE}
    return cv2.warpAffine(image, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, **around)


def fitted(picture: np.ndarray, side: int) -> np.ndarray:
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR if picture.shape[0] < side else cv2.INTER_AREA)


def draw_batch(rng: np.random.Generator, sets: list[tuple[Renders, list[list[Subject]]]], shares: list[float], side: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Twins side by side, seen from the same window, so that only the state tells them apart."""
    squares, states, covers = [], [], []
    while len(squares) < BATCH:
        renders, twins = sets[rng.choice(len(sets), p=shares)]
        aim = Aim.draw(rng)
        for subject in twins[rng.integers(len(twins))]:
            picture = window(renders.images[subject.picture], subject, side, aim)
            if rng.random() < 0.15:
                picture = camera.hidden(rng, picture, np.array([0.5, 0.5]) * picture.shape[0], picture.shape[0] / WINDOW * 1.2)
            if rng.random() < 0.8:
                picture = camera.photograph(rng, picture)
            squares.append(fitted(picture, side))
            states.append(subject.label)
            covers.append(subject.cover)
    return tensor(squares[:BATCH]), torch.tensor(states[:BATCH]), torch.tensor(covers[:BATCH])


def train(sets: list[tuple[Renders, float]], held: Renders, course: Course, folder: Path, weights: Path | None, side: int) -> list[dict]:
    """Train on renders, each with its share of the windows; keep FOLDER/<course>.pt."""
    torch.manual_seed(course.seed)
    model = Reader(weights, side).to(memory_format=torch.channels_last)
    frozen = FROZEN if weights is not None else 0
    for layer in model.body[:frozen]:
        layer.requires_grad_(False)
    head = [*model.last.parameters(), *model.gather.parameters(), *model.state.parameters(), *model.cover.parameters()]
    groups = [{"params": [p for p in model.body[frozen:].parameters()], "lr": 8e-4 if frozen else 1.5e-3}, {"params": head, "lr": 2e-3}]
    pairs = [(renders, renders.twins()) for renders, _ in sets]
    shares = [share for _, share in sets]
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)

    def loss(batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> torch.Tensor:
        windows, states, covers = batch
        model.train()
        if frozen:
            model.body.eval()  # the batch norms keep the statistics of photographs
        with torch.no_grad():
            x = model.body[:frozen](windows)
        seen = model.gather(model.last(model.body[frozen:](x))).flatten(1)
        seen = nn.functional.dropout(seen, 0.2)
        return loss_of(model.state(seen).float(), states) + 0.3 * loss_of(model.cover(seen).float(), covers)

    return fit(course, folder, model, groups, lambda rng: draw_batch(rng, pairs, shares, side), loss, lambda average: {"validation": share_right(average, held)})


@torch.no_grad()
def share_right(model: Reader, renders: Renders) -> float:
    """On windows right around the mouth."""
    model.eval()
    right = 0
    for start in range(0, len(renders.subjects), BATCH):
        some = renders.subjects[start : start + BATCH]
        windows = tensor([fitted(window(renders.images[s.picture], s, model.side, STRAIGHT), model.side) for s in some])
        right += int((model(windows).argmax(1) == torch.tensor([s.label for s in some])).sum())
    return round(right / len(renders.subjects), 4)


def trained(course: str, folder: Path, weights: Path | None, side: int) -> Reader:
    """What a training ended with."""
    model = Reader(weights, side)
    model.load_state_dict(torch.load(folder / f"{course}.pt", weights_only=False)["average"])
    return model.eval()
