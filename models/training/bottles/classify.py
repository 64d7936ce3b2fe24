"""Train YOLOv8n-cls on views of rendered bottles, starting from a COCO detector's backbone."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from ultralytics.nn.tasks import ClassificationModel, load_checkpoint

import camera
from progress import Bar
from views import NAMES, Subject, draw_view, load, squared, subjects

@dataclass(frozen=True)
class Round:
    """One fall of the learning rate."""

    name: str
    frozen: int
    """Layers that stay as COCO's photographs made them: the texture of renders is not to be learnt."""
    rate: float
    """On the learning rates."""
    ease: float
    """How often a view is an easy one at first; half way through the round none is."""


FIRST = Round("first", frozen=5, rate=1.0, ease=0.8)
SECOND = Round("second", frozen=3, rate=0.6, ease=0.0)

BATCH = 32


class Renders:
    """Pictures in memory, and the bottles on them."""

    def __init__(self, pictures: list[tuple[Path, dict]]) -> None:
        self.images = [load(path) for path, _ in pictures]
        self.subjects = subjects([label for _, label in pictures])

    def view(self, rng: np.random.Generator, subject: Subject, side: int, ease: float) -> tuple[np.ndarray, np.ndarray]:
        """One training picture: cut out, turned, partly hidden, photographed, squared; and where the mouth is on it (x, y, 0 to 1).

        `ease`, 0 to 1, is how often it is an easy one: close, and hardly spoilt.
        """
        image = self.images[subject.picture]
        easy = rng.random() < ease
        x0, y0, x1, y1 = draw_view(rng, subject, image.shape[1], image.shape[0], close=easy)
        picture, mouth = image[y0:y1, x0:x1], subject.mouth - [x0, y0]
        grown = max(1.0, min(3.0, side / max(picture.shape[:2])))
        if grown > 1.3:
            picture, mouth = cv2.resize(picture, None, fx=grown, fy=grown, interpolation=cv2.INTER_CUBIC), mouth * grown
        picture, mouth = camera.turned(rng, picture, mouth)
        if not easy and rng.random() < 0.15:
            picture = camera.hidden(rng, picture, mouth, subject.mouth_radius * grown * 3)
        if not easy or rng.random() < 0.3:
            picture = camera.photograph(rng, picture)
        size = np.array(picture.shape[1::-1])
        return squared(picture, side), 0.5 + (mouth - size / 2) / size.max()

    def plain_view(self, rng: np.random.Generator, subject: Subject) -> np.ndarray:
        """A picture to measure on: cut out, and nothing else."""
        image = self.images[subject.picture]
        x0, y0, x1, y1 = draw_view(rng, subject, image.shape[1], image.shape[0])
        return image[y0:y1, x0:x1]


def tensor(squares: list[np.ndarray]) -> torch.Tensor:
    """RGB uint8 squares as a batch, 0 to 1."""
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)


def starting_model(weights: Path | None) -> ClassificationModel:
    """YOLOv8n-cls with two classes; its backbone by name from a checkpoint, where one is given."""
    model = ClassificationModel("yolov8n-cls.yaml", nc=len(NAMES), verbose=False)
    model.names = dict(enumerate(NAMES))
    if weights is None:
        print("no --weights given: training from nothing")
        return model
    own = model.state_dict()
    given = load_checkpoint(weights)[0].float().state_dict()
    taken = {key: value for key, value in given.items() if key in own and own[key].shape == value.shape}
    model.load_state_dict(taken, strict=False)
    print(f"{len(taken)} of {len(own)} tensors taken over")
    return model


def train(round_: Round, renders: Renders, held: Renders, folder: Path, weights: Path | None, side: int, epochs: int, views: int, seed: int) -> dict:
    """Train on `views` views an epoch, the second round from the first one's averaged weights; keep FOLDER/<round>.pt.

    An interrupted run goes on from its last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    model = starting_model(weights)
    fresh = weights is None
    pointer = nn.Linear(model.model[-1].linear.in_features, len(NAMES))
    if round_ is SECOND:
        before = torch.load(folder / f"{FIRST.name}.pt", weights_only=False)
        model.load_state_dict(before["average"])
        pointer.load_state_dict(before["pointer"])
    frozen = 0 if fresh else round_.frozen
    groups = [*_prepare(model, frozen), {"params": list(pointer.parameters()), "lr": 2e-3}]
    for group in groups:
        group["lr"] *= round_.rate
    optimizer = torch.optim.AdamW(groups, weight_decay=0.02)
    average = copy.deepcopy(model).eval()
    steps = views // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [g["lr"] for g in groups], total_steps=epochs * steps, pct_start=0.12)
    saved, first = folder / f"{round_.name}.pt", 0
    history: list[dict] = []
    if saved.exists():
        state = torch.load(saved, weights_only=False)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        pointer.load_state_dict(state["pointer"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first, history = state["epoch"], state["history"]
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.06)
    bar = Bar("classify", epochs * steps)
    for epoch in range(first, epochs):
        rng = np.random.default_rng([seed, round_ is SECOND, epoch])
        losses = []
        ease = round_.ease * max(0.0, 1 - 2 * epoch / epochs)
        for step, (pictures, mouths, truth) in enumerate(_batches(rng, renders, side, steps, ease)):
            _train_mode(model, fresh)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores, cells = _scores_and_cells(model, pictures, frozen)
                loss = loss_of(scores.float(), truth) + loss_of(pointer(_at(cells, mouths)).float(), truth)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            _average(average, model, min(0.985, (epoch * steps + step + 1) / (epoch * steps + step + 12)))
            losses.append(loss.item())
            bar.show(epoch * steps + step + 1, f"loss {np.mean(losses[-20:]):.3f}")
        scores, truth = logits(average, held, side, seed)
        right = float((scores.argmax(1) == truth).float().mean())
        history.append({"epoch": epoch + 1, "loss": round(float(np.mean(losses)), 4), "validation": round(right, 4)})
        print(history[-1], flush=True)
        torch.save({"model": model.state_dict(), "average": average.state_dict(), "pointer": pointer.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "epoch": epoch + 1, "history": history}, saved)
    bar.done()
    return {"history": history}


def _prepare(model: ClassificationModel, frozen: int) -> list[dict]:
    """Freeze the first layers; the head learns faster than the rest of the backbone."""
    model.to(memory_format=torch.channels_last)
    for layer in model.model[:frozen]:
        layer.requires_grad_(False)
    head = list(model.model[-1].parameters())
    middle = [p for layer in model.model[frozen:-1] for p in layer.parameters()]
    return [{"params": middle, "lr": 6e-4 if frozen else 1e-3}, {"params": head, "lr": 2e-3}]


def _train_mode(model: ClassificationModel, fresh: bool) -> None:
    """The backbone keeps the statistics of photographs in its batch norms; only the head gathers its own."""
    model.train()
    if not fresh:
        model.model[:-1].eval()


def _scores(model: ClassificationModel, pictures: torch.Tensor, frozen: int) -> torch.Tensor:
    """Logits, with no gradient through the frozen layers."""
    return _scores_and_cells(model, pictures, frozen)[0]


def _scores_and_cells(model: ClassificationModel, pictures: torch.Tensor, frozen: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and the map of features whose mean they are made from."""
    with torch.no_grad():
        x = model.model[:frozen](pictures)
    head = model.model[-1]
    cells = head.conv(model.model[frozen:-1](x))
    pooled = head.pool(cells).flatten(1)
    return head.linear(nn.functional.dropout(pooled, 0.1, head.training)), cells


def _at(cells: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The features at places (x, y, 0 to 1): where the mouth is, which is where the answer is.

    A second loss there, dropped after training, shows the network where to look; from the mean alone it learns that slowly.
    """
    return nn.functional.grid_sample(cells.float(), (places * 2 - 1)[:, None, None], align_corners=False, padding_mode="border").flatten(1)


def _batches(rng: np.random.Generator, renders: Renders, side: int, steps: int, ease: float) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """As many open as closed ones."""
    by_label = [[s for s in renders.subjects if s.label == label] for label in range(len(NAMES))]
    order = [np.concatenate([rng.permutation(len(own)) for _ in range(1 + steps * BATCH // 2 // len(own))]) for own in by_label]
    for step in range(steps):
        chosen = [by_label[k % 2][order[k % 2][step * (BATCH // 2) + k // 2]] for k in range(BATCH)]
        views = [renders.view(rng, s, side, ease) for s in chosen]
        mouths = torch.tensor(np.stack([mouth for _, mouth in views]), dtype=torch.float32)
        yield tensor([square for square, _ in views]), mouths, torch.tensor([s.label for s in chosen])


def _average(average: nn.Module, model: nn.Module, keep: float) -> None:
    own = model.state_dict()
    with torch.no_grad():
        for key, value in average.state_dict().items():
            if value.dtype.is_floating_point:
                value.mul_(keep).add_(own[key], alpha=1 - keep)


@torch.no_grad()
def logits(model: ClassificationModel, renders: Renders, side: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores and truths on one plain view of every bottle."""
    model.eval()
    rng = np.random.default_rng(seed)
    scores = []
    for start in range(0, len(renders.subjects), BATCH):
        some = renders.subjects[start : start + BATCH]
        scores.append(_scores(model, tensor([squared(renders.plain_view(rng, s), side) for s in some]), 0))
    return torch.cat(scores), torch.tensor([s.label for s in renders.subjects])


def round_model(round_: Round, folder: Path, weights: Path | None) -> ClassificationModel:
    """What a round ended with."""
    model = starting_model(weights)
    model.load_state_dict(torch.load(folder / f"{round_.name}.pt", weights_only=False)["average"])
    return model.eval()


def calibrate(model: ClassificationModel, held: Renders, side: int, seed: int) -> float:
    """Find the temperature at which the confidence on `held` is most nearly true, and divide the last layer by it."""
    scores, truth = logits(model, held, side, seed)
    ways = np.exp(np.linspace(np.log(0.3), np.log(4), 80))
    costs = [float(nn.functional.cross_entropy(scores / t, truth)) for t in ways]
    temperature = float(ways[int(np.argmin(costs))])
    linear = model.model[-1].linear
    with torch.no_grad():
        linear.weight.div_(temperature)
        linear.bias.div_(temperature)
    return temperature
