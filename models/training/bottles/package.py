"""Write the model packages: the ONNX file, its manifest, sample pictures with the model's answers, and the card's figures."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from evaluate import OnnxModel
from figures import contact_sheet, reliability_diagram
from views import load

RENDERER = Path(__file__).parent / "renderer" / "render.py"

CLASSIFIER = "bottle-status", "4"
DETECTOR = "bottles", "2"

CLASSIFIER_SAMPLES = {"aberta-1": 3, "aberta-2": 41, "aberta-3": 24, "fechada-1": 25, "fechada-2": 30, "fechada-3": 26}
DETECTOR_SAMPLES = {"line": 50, "table": 35, "hand": 34, "kitchen": 39}
"""Held-out scenes, picked by eye for showing different bottles and places."""

NEVER_A_PHOTOGRAPH = (
    "It never saw a photograph: every picture it was trained and measured on was rendered. "
    "Measure it on your own photographs before you rely on it, and fine-tune it on them where that is not good enough."
)

CLASSIFIER_LIMITS = [
    NEVER_A_PHOTOGRAPH,
    "It looks at one mouth: of several bottles it answers for one, mostly for the one that the picture shows best, and where there is none it still answers: "
    "use `bottles` there.",
    "The mouth must be in the picture, uncovered, and about 20 pixels wide or more, also after a larger picture was scaled down to the model's side.",
    "A closure that lies loose or askew on the mouth counts as aberta. One that sits right but is not screwed tight cannot be told.",
    "A sport cap counts as fechada whether its nozzle is pulled out or not. Cans, cartons, pumps and spray heads were not rendered.",
]

DETECTOR_LIMITS = [
    NEVER_A_PHOTOGRAPH,
    "Bottles whose mouth is hidden or outside the picture were hardly rendered: it will still call them one of the two.",
    "Bottles smaller than about a fifth of the picture's long side are rare in its training.",
    "A closure that lies loose or askew on the mouth counts as aberta. Cans, cartons, pumps and spray heads were not rendered.",
]


def write_classifier_package(
    model: Path, models: Path, measured: dict, trained_on: dict, blender: Path, scratch: Path, renders: Path
) -> Path:
    """Write MODELS/bottle-status/4 and the samples beside it; gives back that folder."""
    name, version = CLASSIFIER
    folder, classifier = _install(model, models, name, version)
    samples = models / name / "samples"
    expected, tests = {}, []
    for sample, picture in _sample_pictures(CLASSIFIER_SAMPLES, samples, blender, scratch):
        probabilities = classifier.probabilities(load(picture))
        best = int(probabilities.argmax())
        answer = {"prediction": classifier.names[best], "confidence": round(float(probabilities[best]), 5)}
        expected[picture.name] = answer
        tests.append({"image": f"../samples/{picture.name}", **answer})
        if not sample.startswith(answer["prediction"]):
            print(f"the model is wrong about its sample {sample}")
    _write_json(samples / "expected.json", expected)
    measured = {key: value for key, value in measured.items() if key not in ("seconds", "another_version")}
    curves = measured.pop("reliability")
    reliability_diagram(curves, models / name / "figures" / "reliability.png")
    contact_sheet(_some(renders / "train", 12) + _some(renders / "close", 12), models / name / "figures" / "training-renders.jpg")
    contact_sheet(_some(renders / "large", 24), models / name / "figures" / "held-out-renders.jpg")
    description = "YOLOv8n four times, two to find a mouth and two to look at it: tells open bottles (aberta) from closed ones (fechada). Trained on ray-traced pictures."
    _write_manifest(folder, classifier, name, version, description, measured, trained_on, CLASSIFIER_LIMITS, tests, {"fit": "pad"})
    return folder


def write_detector_package(
    model: Path, models: Path, measured: dict, trained_on: dict, blender: Path, scratch: Path, renders: Path
) -> Path:
    """Write MODELS/bottles/2 and the samples beside it; gives back that folder."""
    name, version = DETECTOR
    folder, detector = _install(model, models, name, version)
    tests = []
    for _, picture in _sample_pictures(DETECTOR_SAMPLES, models / name / "samples", blender, scratch):
        best = detector.detections(load(picture))[:1]
        for row in best:
            box = {key: round(float(v), 1) for key, v in zip(("x1", "y1", "x2", "y2"), row[:4], strict=True)}
            tests.append({"image": f"../samples/{picture.name}", "prediction": detector.names[int(row[5])], "confidence": round(float(row[4]), 5), "box": box})
    measured = {key: value for key, value in measured.items() if key != "seconds"}
    description = "YOLOv8n: finds bottles and tells open ones (aberta) from closed ones (fechada). Trained on ray-traced pictures."
    _write_manifest(folder, detector, name, version, description, measured, trained_on, DETECTOR_LIMITS, tests, {})
    answered_sheet(detector, _some(renders / "test", 12), models / name / "figures" / "held-out-answers.jpg")
    return folder


def answered_sheet(detector: OnnxModel, pictures: list[Path], target: Path) -> None:
    """What the detector says of held-out renders: green is aberta, red is fechada."""
    drawn = []
    target.parent.mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(pictures):
        image = load(path)
        for row in detector.detections(image):
            x0, y0, x1, y1 = (int(v) for v in row[:4])
            colour = (0, 220, 0) if int(row[5]) == 0 else (230, 30, 30)
            image[[max(y0, 0), min(y1, image.shape[0] - 1)], x0:x1] = colour
            image[y0:y1, [max(x0, 0), min(x1, image.shape[1] - 1)]] = colour
        one = target.with_name(f"{index}.png")
        Image.fromarray(image).save(one)
        drawn.append(one)
    contact_sheet(drawn, target, columns=4, side=240)
    for one in drawn:
        one.unlink()


def _install(model: Path, models: Path, name: str, version: str) -> tuple[Path, OnnxModel]:
    folder = models / name / version
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, folder / "model.onnx")
    return folder, OnnxModel(folder / "model.onnx")


def _sample_pictures(wanted: dict[str, int], folder: Path, blender: Path, scratch: Path) -> list[tuple[str, Path]]:
    """Held-out scenes again, larger and with more rays, as JPEGs of at most 60 kB."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sample, scene in wanted.items():
        command = [blender, RENDERER, scratch, "--split", "test", "--first", scene, "--count", 1, "--unpaired", "--scale", 166, "--samples", 20]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        target = folder / f"{sample}.jpg"
        with Image.open(scratch / f"{scene:05d}a.jpg") as picture:
            for quality in range(92, 40, -4):
                picture.save(target, quality=quality)
                if target.stat().st_size <= 60_000:
                    break
        written.append((sample, target))
    return written


def _some(folder: Path, count: int) -> list[Path]:
    """First pictures of scenes, evenly spread."""
    every = sorted(folder.glob("*a.jpg"))
    return [every[i] for i in np.linspace(0, len(every) - 1, min(count, len(every))).astype(int)]


def _write_manifest(
    folder: Path, model: OnnxModel, name: str, version: str, description: str, metrics: dict, trained_on: dict,
    limits: list[str], self_test: list[dict], extra: dict,
) -> None:
    """What the package says of itself; names, size and stride are read from the ONNX file."""
    _write_json(folder / "manifest.json", {
        "name": name, "version": version, "task": model.metadata["task"], "names": model.names, "imgsz": model.imgsz,
        "stride": model.stride, **extra, "licence": "AGPL-3.0", "description": description,
        "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "self_test": self_test, "metrics": metrics, "trained_on": trained_on, "limits": limits,
    })


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
