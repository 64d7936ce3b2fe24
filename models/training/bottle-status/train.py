"""Train YOLOv8n-cls on rendered bottles and export the best epoch to ONNX, with Ultralytics."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import torch
from ultralytics import YOLO

SIDE = 224
"""Height and width of the network's input, pixels."""

ONNX_OPSET = 17
"""Read by ONNX Runtime 1.13 and everything later."""

AUGMENTATION = {
    "scale": 0.15,
    "fliplr": 0.5,
    "erasing": 0.0,
    "auto_augment": None,
    "hsv_h": 0.05,
    "hsv_s": 0.6,
    "hsv_v": 0.4,
}
"""Mild in `scale` and without `erasing`: either could cut away the closure, and with it the answer."""


def starting_model(weights: Path | None) -> YOLO:
    """A fresh YOLOv8n-cls, with the backbone of a YOLOv8n checkpoint where one is given."""
    model = YOLO("yolov8n-cls.yaml")
    if weights is None:
        print("no --weights given: training from nothing")
        return model
    return model.load(weights)


def train(data: Path, run: Path, weights: Path | None, epochs: int, threads: int, seed: int) -> None:
    """Train on DIR/train, keep the epoch that does best on DIR/val as RUN/weights/best.pt.

    A run that was interrupted goes on from its last whole epoch.
    """
    torch.set_num_threads(threads)
    last = run / "weights" / "last.pt"
    if last.exists():
        YOLO(last).train(resume=True)
        return
    starting_model(weights).train(
        data=str(data), epochs=epochs, imgsz=SIDE, batch=32, device="cpu", workers=1, seed=seed,
        optimizer="AdamW", lr0=0.001, lrf=0.02, warmup_epochs=1, cos_lr=True, plots=False, amp=False,
        project=str(run.parent), name=run.name, exist_ok=True, **AUGMENTATION,
    )


def export(checkpoint: Path, target: Path, description: str) -> None:
    """Write `checkpoint` as a static, simplified ONNX file whose metadata says what it is."""
    written = YOLO(checkpoint).export(format="onnx", imgsz=SIDE, opset=ONNX_OPSET, simplify=True, dynamic=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(written, target)
    _describe(target, description)


def _describe(target: Path, description: str) -> None:
    """Say in the metadata what the model is, in place of the folder it was trained from."""
    model = onnx.load(target)
    for entry in model.metadata_props:
        if entry.key == "description":
            entry.value = description
    onnx.checker.check_model(model)
    onnx.save(model, target)
