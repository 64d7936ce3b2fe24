"""Write the model package: the ONNX file, its manifest, and sample pictures with the model's answers."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from evaluate import Classifier
from render import SPLITS, render, save_jpeg

NAME, VERSION = "bottle-status", "1"

DESCRIPTION = "YOLOv8n-cls: tells open bottles (aberta) from closed ones (fechada). Trained on rendered pictures."

LIMITS = [
    "It never saw a photograph: every picture it was trained and measured on was drawn by a program. "
    "Fine-tune it on your own photographs before you rely on it.",
    "It expects one bottle, its mouth inside the central square of the picture and not covered. "
    "Several bottles, or none, still give one of the two answers.",
    "Bottles seen from straight above or from below, lying flat, or smaller than about half the picture's "
    "short side were not drawn.",
    "Pumps, droppers, spray heads, swing tops and cans were not drawn.",
    "A closure that is set down askew counts as aberta; one that only looks closed but is loose cannot be told.",
]

SAMPLES = {"aberta-1": 118, "aberta-2": 57, "fechada-1": 22, "fechada-2": 83}
"""Seeds of 640 x 480 held-out scenes, picked by eye for showing different bottles before there was a model."""


def write_package(model: Path, measurements: dict[str, dict], trained_on: dict, models: Path) -> Path:
    """Write MODELS/<name>/<version>/ and return that folder."""
    folder = models / NAME / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, folder / "model.onnx")
    classifier = Classifier(model, threads=1)
    _write_json(folder / "manifest.json", manifest(classifier, model, measurements, trained_on))
    write_samples(classifier, models / NAME / "samples")
    return folder


def manifest(classifier: Classifier, model: Path, measurements: dict[str, dict], trained_on: dict) -> dict:
    """What the package says of itself; names, size and stride are read from the ONNX file."""
    return {
        "name": NAME,
        "version": VERSION,
        "task": classifier.metadata["task"],
        "names": [classifier.names[i] for i in sorted(classifier.names)],
        "imgsz": classifier.imgsz,
        "stride": int(classifier.metadata["stride"]),
        "licence": "AGPL-3.0",
        "description": DESCRIPTION,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "metrics": measurements,
        "trained_on": trained_on,
        "limits": LIMITS,
    }


def write_samples(classifier: Classifier, folder: Path) -> None:
    """Held-out pictures, and what the model answers to each."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, seed in SAMPLES.items():
        picture = folder / f"{name}.jpg"
        save_jpeg(picture, render(SPLITS["test"], seed, name.split("-")[0]), quality=88)
        expected[picture.name] = classifier.answer(picture)
    _write_json(folder / "expected.json", expected)


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
