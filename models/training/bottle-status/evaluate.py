"""Measure the exported ONNX file, with the preprocessing that Ultralytics' classifiers use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from ultralytics.data.augment import classify_transforms


class Classifier:
    """An ONNX classifier that carries its class names and input size in its metadata."""

    def __init__(self, model: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        self.names: dict[int, str] = ast.literal_eval(self.metadata["names"])
        self.imgsz: list[int] = ast.literal_eval(self.metadata["imgsz"])
        self._to_tensor = classify_transforms(self.imgsz[0])

    def probabilities(self, picture: Path) -> np.ndarray:
        """One probability per class, by index."""
        with Image.open(picture) as image:
            tensor = self._to_tensor(image.convert("RGB")).numpy()[None]
        (output,) = self._session.run(None, {self._session.get_inputs()[0].name: tensor})
        return output[0]

    def answer(self, picture: Path) -> dict[str, str | float]:
        """The likeliest class and its probability, as `expected.json` keeps them."""
        probabilities = self.probabilities(picture)
        best = int(probabilities.argmax())
        return {"prediction": self.names[best], "confidence": round(float(probabilities[best]), 5)}


@dataclass(frozen=True)
class Measurement:
    """How a classifier did on a folder of pictures."""

    names: tuple[str, ...]
    confusion: np.ndarray
    """Counts: a row per true class, a column per predicted one."""
    wrong: tuple[str, ...]
    """The pictures it got wrong, as <class>/<file>."""

    def summary(self) -> dict:
        """The numbers that go into the manifest."""
        right = np.diag(self.confusion)
        return {
            "pictures": int(self.confusion.sum()),
            "accuracy": round(float(right.sum() / self.confusion.sum()), 4),
            "recall": {name: round(float(right[i] / self.confusion[i].sum()), 4) for i, name in enumerate(self.names)},
            "confusion": {
                name: {other: int(self.confusion[i, j]) for j, other in enumerate(self.names)}
                for i, name in enumerate(self.names)
            },
        }


def measure(classifier: Classifier, folder: Path) -> Measurement:
    """Classify every picture in FOLDER/<class>/."""
    names = tuple(classifier.names[i] for i in sorted(classifier.names))
    confusion = np.zeros((len(names), len(names)), int)
    wrong = []
    for truth, picture in _labelled(folder, names):
        predicted = int(classifier.probabilities(picture).argmax())
        confusion[truth, predicted] += 1
        if predicted != truth:
            wrong.append(f"{names[truth]}/{picture.name}")
    return Measurement(names, confusion, tuple(wrong))


def _labelled(folder: Path, names: tuple[str, ...]) -> Iterator[tuple[int, Path]]:
    for index, name in enumerate(names):
        for picture in sorted((folder / name).glob("*.jpg")):
            yield index, picture
