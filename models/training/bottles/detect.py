"""Train a YOLOv8n detector of open and closed bottles: COCO's, with the backbone of the classifier that already tells them apart."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from torch import nn
from ultralytics import YOLO
from ultralytics.cfg import get_cfg
from ultralytics.nn.tasks import DetectionModel, load_checkpoint

import camera
from evaluate import letterboxed
from glimpse import Reader
from progress import Bar
from training import follow, tensor
from views import NAMES, load

FROZEN = 5
"""Layers that stay as they were given."""

COCO_BOTTLE = 39
"""COCO's class `bottle`: both of ours begin as it."""

BATCH = 16

SEEN_ENOUGH = 0.06
"""Share of a bottle that must be visible for it to count as there."""


def boxes_of(label: dict) -> np.ndarray | None:
    """Rows of class, x0, y0, x1, y1 (px); None where a bottle is seen whose top is not, so that nobody could say its state."""
    seen = [bottle for bottle in label["bottles"] if bottle["box"] is not None and bottle["visible"] > SEEN_ENOUGH]
    if any(bottle["top_visible"] < 0.5 for bottle in seen):
        return None
    return np.array([[NAMES.index(bottle["state"]), *bottle["box"]] for bottle in seen], float).reshape(-1, 5)


def starting_model(weights: Path | None, reader: Reader | None) -> DetectionModel:
    """YOLOv8n with two classes, both of which begin as COCO's bottle where a checkpoint is given; the reader's backbone."""
    model = DetectionModel("yolov8n.yaml", nc=80, verbose=False) if weights is None else load_checkpoint(weights)[0].float()
    head = model.model[-1]
    for branch in head.cv3:
        old = branch[-1]
        new = nn.Conv2d(old.in_channels, len(NAMES), 1)
        with torch.no_grad():
            new.weight.copy_(old.weight[COCO_BOTTLE].expand_as(new.weight))
            new.bias.copy_(old.bias[COCO_BOTTLE].expand_as(new.bias))
        branch[-1] = new
    head.nc, head.no = len(NAMES), len(NAMES) + 4 * head.reg_max
    model.yaml["nc"] = model.nc = len(NAMES)
    model.names = dict(enumerate(NAMES))
    if reader is not None:
        model.model[: len(reader.body)].load_state_dict(reader.body.state_dict())
    model.args = get_cfg(overrides={"task": "detect", "model": "yolov8n.yaml", "box": 4.0, "cls": 2.0, "dfl": 1.0})
    model.criterion = None
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    head.dfl.requires_grad_(False)
    return model


class Scenes:
    """Renders in memory, with their boxes."""

    def __init__(self, pictures: list[tuple[Path, dict]]) -> None:
        labelled = [(path, boxes_of(label)) for path, label in pictures]
        self.scenes = [(load(path), boxes) for path, boxes in labelled if boxes is not None and len(boxes)]

    def view(self, rng: np.random.Generator, index: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        """A training picture and its boxes: class, and x, y, width, height from 0 to 1."""
        image, boxes = self.scenes[index]
        height, width = image.shape[:2]
        if rng.random() < 0.7:
            x0, y0, x1, y1 = _window(rng, boxes, width, height)
            image = image[y0:y1, x0:x1]
            boxes = _cut(boxes, x0, y0, x1, y1)
        if rng.random() < 0.5:
            image = image[:, ::-1]
            boxes = boxes * [1, -1, 1, -1, 1] + [0, image.shape[1], 0, image.shape[1], 0]
            boxes = boxes[:, [0, 3, 2, 1, 4]]
        image = np.ascontiguousarray(image)
        if rng.random() < 0.8:
            image = camera.photograph(rng, image)
        square, scale, left, top = letterboxed(image, side)
        corners = (boxes[:, 1:] * scale + [left, top, left, top]) / side
        return square, np.concatenate([boxes[:, :1], (corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1)


def _window(rng: np.random.Generator, boxes: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """A part of the picture around one bottle, or the whole where it would cut through the top of another."""
    box = boxes[rng.integers(len(boxes)), 1:]
    margin = rng.uniform(0.03, 0.8, 4) * (box[2:] - box[:2]).max()
    low = np.maximum(box[:2] - margin[:2], 0).astype(int)
    high = np.minimum(box[2:] + margin[2:], [width, height]).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _cut(boxes: np.ndarray, x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    """What a window leaves of the boxes; those of which little is left are dropped."""
    inside = np.clip(boxes[:, 1:], [x0, y0, x0, y0], [x1, y1, x1, y1]) - [x0, y0, x0, y0]
    before = np.prod(boxes[:, 3:] - boxes[:, 1:3], axis=1)
    kept = np.prod(inside[:, 2:] - inside[:, :2], axis=1) > 0.35 * before
    return np.concatenate([boxes[kept, :1], inside[kept]], 1)


def train(scenes: Scenes, folder: Path, weights: Path | None, reader: Reader | None, side: int, epochs: int, steps: int, seed: int) -> dict:
    """Train `steps` batches an epoch; keep the averaged model as FOLDER/last.pt. An interrupted run goes on from its last epoch."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    model = starting_model(weights, reader).to(memory_format=torch.channels_last)
    for layer in model.model[:FROZEN]:
        layer.requires_grad_(False)
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=8e-4, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-4, total_steps=epochs * steps, pct_start=0.15)
    saved, first, history = folder / "last.pt", 0, []
    if saved.exists():
        state = torch.load(saved, weights_only=False)
        model.load_state_dict(state["weights"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first, history = state["epoch"], state["history"]
    bar = Bar("detect", epochs * steps)
    for epoch in range(first, epochs):
        parts = []
        for step, batch in enumerate(_batches(np.random.default_rng([seed, epoch]), scenes, side, steps)):
            model.train()
            model.model[:10].eval()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss, each = model.loss(batch)
            optimizer.zero_grad(set_to_none=True)
            (loss.sum() / BATCH).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            schedule.step()
            done = epoch * steps + step + 1
            follow(average, model, min(0.98, done / (done + 10)))
            parts.append([float(value) for value in (each.values() if isinstance(each, dict) else each)][:3])
            bar.show(done, "box {:.2f} class {:.2f}".format(*np.mean(parts[-20:], 0)[:2]))
        history.append({"epoch": epoch + 1, **{key: round(float(v), 3) for key, v in zip(("box", "class", "dfl"), np.mean(parts, 0), strict=True)}})
        print(history[-1], flush=True)
        torch.save({"weights": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "epoch": epoch + 1, "history": history}, saved)
    bar.done()
    return {"pictures": len(scenes.scenes), "history": history}


def _batches(rng: np.random.Generator, scenes: Scenes, side: int, steps: int) -> Iterator[dict[str, torch.Tensor]]:
    """As Ultralytics' loss wants them."""
    count = len(scenes.scenes)
    order = np.concatenate([rng.permutation(count) for _ in range(1 + steps * BATCH // count)])
    for step in range(steps):
        views = [scenes.view(rng, int(index), side) for index in order[step * BATCH : (step + 1) * BATCH]]
        boxes = torch.tensor(np.concatenate([boxes for _, boxes in views]), dtype=torch.float32)
        yield {
            "img": tensor([square for square, _ in views]),
            "cls": boxes[:, :1],
            "bboxes": boxes[:, 1:],
            "batch_idx": torch.cat([torch.full((len(boxes),), float(k)) for k, (_, boxes) in enumerate(views)]),
        }


def export(folder: Path, target: Path, weights: Path | None, side: int) -> None:
    """Write the averaged model with Ultralytics' exporter."""
    model = starting_model(weights, None)
    model.load_state_dict(torch.load(folder / "last.pt", weights_only=False)["average"])
    checkpoint = folder / "model.pt"
    torch.save({"model": model.eval(), "train_args": {"task": "detect", "imgsz": side}}, checkpoint)
    written = YOLO(checkpoint).export(format="onnx", imgsz=side, opset=17, simplify=True, dynamic=False, nms=False)
    Path(written).replace(target)
    file = onnx.load(target)
    for entry in file.metadata_props:
        if entry.key == "description":
            entry.value = "YOLOv8n: open bottles (aberta) and closed ones (fechada)"
    onnx.save(file, target)
