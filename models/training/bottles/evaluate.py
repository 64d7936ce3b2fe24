"""Measure the exported ONNX files on renders, as Lupa runs them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from views import GREY, NAMES, Subject, draw_view, load, squared, whole_bottle

Change = Callable[[np.random.Generator, np.ndarray], np.ndarray]


class OnnxModel:
    """An ONNX file that says in its metadata what it is."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        self.names = list(ast.literal_eval(self.metadata["names"]).values())
        self.imgsz: list[int] = ast.literal_eval(self.metadata["imgsz"])
        self.stride = int(self.metadata["stride"])

    def run(self, square: np.ndarray) -> np.ndarray:
        """The one output for an RGB uint8 square."""
        tensor = np.ascontiguousarray(square.transpose(2, 0, 1)[None], np.float32) / 255
        return self._session.run(None, {self._session.get_inputs()[0].name: tensor})[0][0]

    def probabilities(self, picture: np.ndarray) -> np.ndarray:
        """Of a classifier, for a picture of any size."""
        return self.run(squared(picture, self.imgsz[0]))

    def detections(self, picture: np.ndarray, confidence: float = 0.25, overlap: float = 0.7) -> np.ndarray:
        """Of a detector: rows of x0, y0, x1, y1 (px), confidence, class; the best first."""
        square, scale, left, top = letterboxed(picture, self.imgsz[0])
        output = self.run(square).T
        classes = output[:, 4:].argmax(1)
        scores = output[:, 4:].max(1)
        kept = scores > confidence
        centre, size = output[kept, :2], output[kept, 2:4]
        boxes = np.concatenate([centre - size / 2, centre + size / 2], 1)
        boxes = (boxes - [left, top, left, top]) / scale
        height, width = picture.shape[:2]
        boxes = np.clip(boxes, 0, [width, height, width, height])
        rows = np.concatenate([boxes, scores[kept, None], classes[kept, None]], 1)
        return suppressed(rows[np.argsort(-rows[:, 4])], overlap)


def letterboxed(picture: np.ndarray, side: int) -> tuple[np.ndarray, float, int, int]:
    """As Ultralytics' detectors take it: bilinear without antialiasing; the scale and the padding left and above."""
    height, width = picture.shape[:2]
    scale = min(side / height, side / width)
    size = round(width * scale), round(height * scale)
    left, top = round((side - size[0]) / 2 - 0.1), round((side - size[1]) / 2 - 0.1)
    square = np.full((side, side, 3), GREY, np.uint8)
    square[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    return square, scale, left, top


def suppressed(rows: np.ndarray, overlap: float) -> np.ndarray:
    """Non-maximum suppression within each class; rows sorted by confidence."""
    kept: list[np.ndarray] = []
    for row in rows:
        if all(row[5] != other[5] or iou(row[:4], other[:4]) <= overlap for other in kept):
            kept.append(row)
    return np.array(kept).reshape(-1, 6)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared + 1e-9)


MOUTH_WIDTHS = {"below 12 px": (0, 12), "12 to 20 px": (12, 20), "20 px and more": (20, 1e9)}


@dataclass(frozen=True)
class Answers:
    """What a classifier said, and what was true."""

    truth: np.ndarray
    fechada: np.ndarray
    """The probability it gave to `fechada`."""
    mouths: np.ndarray
    """How many pixels wide the mouth was in the picture."""

    def summary(self) -> dict:
        """The numbers that go into the manifest."""
        said = (self.fechada > 0.5).astype(int)
        confusion = [[int(((self.truth == i) & (said == j)).sum()) for j in (0, 1)] for i in (0, 1)]
        recall = [confusion[i][i] / max(sum(confusion[i]), 1) for i in (0, 1)]
        return {
            "pictures": len(self.truth),
            "accuracy": round(float((said == self.truth).mean()), 4),
            "balanced_accuracy": round(float(np.mean(recall)), 4),
            "recall": {name: round(recall[i], 4) for i, name in enumerate(NAMES)},
            "confusion": {name: {other: confusion[i][j] for j, other in enumerate(NAMES)} for i, name in enumerate(NAMES)},
            "ece": round(self.calibration_error(), 4),
            "by_width_of_mouth": {name: self._right_between(*bounds) for name, bounds in MOUTH_WIDTHS.items()},
        }

    def _right_between(self, low: float, high: float) -> dict:
        """How many there are, and the share right, where the mouth is so wide (px)."""
        some = (self.mouths >= low) & (self.mouths < high)
        right = (self.fechada > 0.5).astype(int) == self.truth
        return {"pictures": int(some.sum()), "accuracy": round(float(right[some].mean()), 4) if some.any() else None}

    def reliability(self, bins: int = 10) -> list[tuple[float, float, int]]:
        """Per bin of confidence from 0.5 to 1: mean confidence, share right, how many."""
        confidence = np.maximum(self.fechada, 1 - self.fechada)
        right = (self.fechada > 0.5).astype(int) == self.truth
        place = np.minimum(((confidence - 0.5) * 2 * bins).astype(int), bins - 1)
        return [(float(confidence[place == k].mean()), float(right[place == k].mean()), int((place == k).sum())) for k in range(bins) if (place == k).any()]

    def calibration_error(self) -> float:
        """Expected calibration error: how far confidence and being right lie apart, on average."""
        return sum(count * abs(confidence - right) for confidence, right, count in self.reliability()) / len(self.truth)


def measure_classifier(model: OnnxModel, images: list[np.ndarray], subjects: list[Subject], seed: int, change: Change | None = None) -> Answers:
    """Two views of every bottle: one around the whole bottle, one drawn as in training; `change` is done to both."""
    truth, fechada, mouths = [], [], []
    for index, subject in enumerate(subjects):
        image = images[subject.picture]
        for version in range(2):
            rng = np.random.default_rng([seed, index, version])
            x0, y0, x1, y1 = whole_bottle(subject, image) if version == 0 else draw_view(rng, subject, image.shape[1], image.shape[0])
            picture = np.ascontiguousarray(image[y0:y1, x0:x1])
            fechada.append(model.probabilities(change(rng, picture) if change else picture)[1])
            truth.append(subject.label)
            mouths.append(2 * subject.mouth_radius)
    return Answers(np.array(truth), np.array(fechada), np.array(mouths))


def temperature_of(answers: Answers) -> float:
    """What to divide the scores by, so that the probabilities are most nearly true of these answers."""
    scores = np.log(np.clip(answers.fechada, 1e-7, 1 - 1e-7) / np.clip(1 - answers.fechada, 1e-7, 1 - 1e-7))
    ways = np.exp(np.linspace(np.log(0.3), np.log(4), 80))
    costs = [np.logaddexp(0, np.where(answers.truth == 1, -scores, scores) / way).mean() for way in ways]
    return float(ways[int(np.argmin(costs))])


def measure_detector(model: OnnxModel, pictures: list[tuple[Path, dict]]) -> dict:
    """Recall, precision and AP50 on whole renders; and of the bottles found, how many with the right state."""
    found: list[tuple[float, int, bool]] = []
    bottles = np.zeros(2, int)
    located, told = 0, np.zeros((2, 2), int)
    wrong_place = 0
    for path, label in pictures:
        truths = [(np.array(b["box"]), NAMES.index(b["state"])) for b in label["bottles"] if b["box"] and b["visible"] > 0.06]
        if any(b["box"] and b["visible"] > 0.06 and b["top_visible"] < 0.5 for b in label["bottles"]):
            continue
        rows = model.detections(load(path), confidence=0.05)
        for _, state in truths:
            bottles[state] += 1
        taken: set[int] = set()
        for row in rows:
            match = next((k for k, (box, state) in enumerate(truths) if k not in taken and state == row[5] and iou(box, row[:4]) >= 0.5), None)
            if match is not None:
                taken.add(match)
            found.append((float(row[4]), int(row[5]), match is not None))
        sure = rows[rows[:, 4] >= 0.25]
        for box, state in truths:
            over = [row for row in sure if iou(box, row[:4]) >= 0.5]
            if over:
                located += 1
                told[state, int(over[0][5])] += 1
        wrong_place += sum(all(iou(box, row[:4]) < 0.3 for box, _ in truths) for row in sure)
    total = int(bottles.sum())
    recall = [told[i, i] / max(told[i].sum(), 1) for i in (0, 1)]
    return {
        "pictures": len(pictures),
        "bottles": total,
        "found": round(located / max(total, 1), 4),
        "state_right_of_found": round(float(np.trace(told)) / max(located, 1), 4),
        "balanced_state_accuracy": round(float(np.mean(recall)), 4),
        "confusion_of_found": {name: {other: int(told[i, j]) for j, other in enumerate(NAMES)} for i, name in enumerate(NAMES)},
        "false_alarms": int(wrong_place),
        "ap50": {name: round(average_precision([(s, ok) for s, c, ok in found if c == i], int(bottles[i])), 4) for i, name in enumerate(NAMES)},
    }


def average_precision(found: list[tuple[float, bool]], total: int) -> float:
    """Area under precision over recall, at 101 points as COCO does it."""
    if not found or not total:
        return 0.0
    hits = np.array([ok for _, ok in sorted(found, key=lambda pair: -pair[0])])
    recall = np.cumsum(hits) / total
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.mean([best[recall >= r].max() if (recall >= r).any() else 0.0 for r in np.linspace(0, 1, 101)]))
