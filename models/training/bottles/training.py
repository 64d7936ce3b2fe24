"""What both parts of the classifier are trained with: one fall of the learning rate, a running average, and notes to go on from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from progress import Bar

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class Course:
    """How long and how fast."""

    name: str
    epochs: int
    steps: int
    """Batches in an epoch."""
    seed: int
    averaged: float
    """How much of the running average a step keeps, in the end."""


def fit(
    course: Course,
    folder: Path,
    model: nn.Module,
    groups: list[dict],
    draw: Callable[[np.random.Generator], Batch],
    loss_of: Callable[[Batch], torch.Tensor],
    validate: Callable[[nn.Module], dict],
) -> list[dict]:
    """Train `model`; keep FOLDER/<name>.pt. An interrupted training goes on from its last epoch. The next batch is drawn meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(course.seed)
    optimizer = torch.optim.AdamW(groups, weight_decay=0.02)
    average = copy.deepcopy(model).eval()
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [g["lr"] for g in groups], total_steps=course.epochs * course.steps, pct_start=0.1)
    saved, first, history = folder / f"{course.name}.pt", 0, []
    if saved.exists():
        state = torch.load(saved, weights_only=False)
        for own, key in ((model, "model"), (average, "average"), (optimizer, "optimizer"), (schedule, "schedule")):
            own.load_state_dict(state[key])
        first, history = state["epoch"], state["history"]
    bar = Bar(course.name, course.epochs * course.steps)
    for epoch in range(first, course.epochs):
        losses = []
        for step, batch in enumerate(_ahead(draw, [course.seed, epoch], course.steps)):
            loss = loss_of(batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            done = epoch * course.steps + step + 1
            follow(average, model, min(course.averaged, done / (done + 12)))
            losses.append(loss.item())
            bar.show(done, f"loss {np.mean(losses[-20:]):.3f}")
        history.append({"epoch": epoch + 1, "loss": round(float(np.mean(losses)), 4), **validate(average)})
        print(history[-1], flush=True)
        torch.save({"model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "epoch": epoch + 1, "history": history}, saved)
    bar.done()
    return history


def _ahead(draw: Callable[[np.random.Generator], Batch], seed: list[int], steps: int) -> Iterator[Batch]:
    """Batches, each drawn from its own seed while the one before is learnt from."""
    with ThreadPoolExecutor(1) as pool:
        coming = [pool.submit(draw, np.random.default_rng([*seed, step])) for step in range(min(2, steps))]
        for step in range(steps):
            batch = coming.pop(0).result()
            if step + 2 < steps:
                coming.append(pool.submit(draw, np.random.default_rng([*seed, step + 2])))
            yield batch


def follow(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Move the running average a little towards the model."""
    own = model.state_dict()
    with torch.no_grad():
        for key, value in average.state_dict().items():
            if value.dtype.is_floating_point:
                value.mul_(keep).add_(own[key], alpha=1 - keep)


def tensor(squares: list[np.ndarray]) -> torch.Tensor:
    """RGB uint8 squares as a batch, 0 to 1."""
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
