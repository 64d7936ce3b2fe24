"""Train a YOLOv8n detector of open and closed bottles, starting from COCO's, with Ultralytics' trainer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel, load_checkpoint

import camera
from views import NAMES, load

FROZEN = 5
"""Layers that stay as COCO's photographs made them."""

COCO_BOTTLE = 39
"""COCO's class `bottle`: both of ours begin as it."""

VERSIONS = 2
"""How many photographs are made of each render."""


def write_dataset(pictures: dict[str, list[tuple[Path, dict]]], folder: Path, seed: int) -> Path:
    """Ultralytics' folders: photographs of the training renders, the validation renders as they are."""
    for split, renders in pictures.items():
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        for index, (path, label) in enumerate(renders):
            lines = box_lines(label)
            if lines is None:
                continue
            for version in range(VERSIONS if split == "train" else 1):
                name = f"{path.stem}-{version}"
                image = load(path)
                if split == "train":
                    image = camera.photograph(np.random.default_rng([seed, index, version]), image)
                cv2.imwrite(str(folder / "images" / split / f"{name}.jpg"), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
                (folder / "labels" / split / f"{name}.txt").write_text("\n".join(lines))
    yaml = folder / "data.yaml"
    names = "\n".join(f"  {i}: {name}" for i, name in enumerate(NAMES))
    yaml.write_text(f"path: {folder.resolve()}\ntrain: images/train\nval: images/val\nnames:\n{names}\n")
    return yaml


def box_lines(label: dict) -> list[str] | None:
    """A line per bottle; None where one is seen whose top is not, so that nobody could say its state."""
    lines = []
    width, height = label["width"], label["height"]
    for bottle in label["bottles"]:
        if bottle["box"] is None or bottle["visible"] <= 0.06:
            continue
        if bottle["top_visible"] < 0.5:
            return None
        x0, y0, x1, y1 = bottle["box"]
        numbers = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height
        lines.append(" ".join([str(NAMES.index(bottle["state"])), *(f"{v:.5f}" for v in numbers)]))
    return lines


def starting_model(weights: Path | None) -> DetectionModel:
    """YOLOv8n with two classes, both of which begin as COCO's bottle where a checkpoint is given."""
    if weights is None:
        print("no --weights given: training from nothing")
        return DetectionModel("yolov8n.yaml", nc=len(NAMES), verbose=False)
    model = load_checkpoint(weights)[0].float()
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
    model.criterion = None
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    return model


def train(data: Path, run: Path, weights: Path | None, side: int, epochs: int, threads: int, seed: int) -> None:
    """Train; an interrupted run goes on from its last whole epoch."""

    start = weights

    class Trainer(DetectionTrainer):
        def get_model(self, cfg=None, weights=None, verbose=True):  # noqa: ANN001, ANN202, ARG002
            """Ours in place of one made from a YAML file; `weights` is what an interrupted run left."""
            model = weights.float() if isinstance(weights, nn.Module) and weights.model[-1].nc == len(NAMES) else starting_model(start)
            model.names = dict(enumerate(NAMES))
            return model

    torch.set_num_threads(threads)
    last = run / "weights" / "last.pt"
    overrides = dict(
        model="yolov8n.yaml", data=str(data), epochs=epochs, imgsz=side, batch=16, nbs=16, device="cpu", workers=0, seed=seed,
        optimizer="AdamW", lr0=1e-3, lrf=0.05, warmup_epochs=0.5, warmup_bias_lr=0.0, cos_lr=True, plots=False, amp=False, val=False,
        freeze=FROZEN, mosaic=0.5, close_mosaic=1, scale=0.35, translate=0.1, degrees=5.0, fliplr=0.5,
        hsv_h=0.05, hsv_s=0.5, hsv_v=0.3, project=str(run.parent), name=run.name, exist_ok=True,
    )
    if last.exists():
        overrides["resume"] = str(last)
    Trainer(overrides=overrides).train()


def export(run: Path, target: Path, side: int) -> None:
    written = YOLO(run / "weights" / "last.pt").export(format="onnx", imgsz=side, opset=17, simplify=True, dynamic=False, nms=False)
    Path(written).replace(target)
