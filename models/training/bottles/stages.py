"""What each stage of `run.py` does."""

from __future__ import annotations

import argparse
import json
from functools import cached_property
from pathlib import Path

import cv2
import torch

import detect
import earlier
import find
import read
from camera import strange_camera
from evaluate import OnnxModel, measure_classifier, measure_detector, temperature_of
from export import export_classifier
from glimpse import SHRINK, Glimpse
from package import write_classifier_package, write_detector_package
from plan import Plan
from read import Renders
from renders import pictures, render_all
from training import Course


class Workshop:
    """The plan, the folders, and one method per stage."""

    def __init__(self, plan: Plan, options: argparse.Namespace, scratch: Path, renders: Path) -> None:
        self._plan, self._options, self._scratch, self._folder = plan, options, scratch, renders
        self._scenes = {"train": plan.train, "close": plan.close, "val": plan.val, "test": plan.test, "large": plan.large}
        torch.set_num_threads(options.threads)
        cv2.setNumThreads(1)

    def render(self) -> None:
        render_all(self._options.blender, self._folder, self._scenes, self._options.workers)

    def _pictures(self, split: str) -> list[tuple[Path, dict]]:
        return pictures(self._folder, split, self._scenes[split])

    @cached_property
    def _train(self) -> Renders:
        return Renders(self._pictures("train"))

    @cached_property
    def _close(self) -> Renders:
        return Renders(self._pictures("close"))

    @cached_property
    def _val(self) -> Renders:
        return Renders(self._pictures("val"))

    @cached_property
    def _large(self) -> Renders:
        return Renders(self._pictures("large"))

    @cached_property
    def _test(self) -> Renders:
        return Renders(self._pictures("test"))

    def train_finder(self) -> dict:
        plan = self._plan
        course = Course("find", plan.find_epochs, plan.find_steps, plan.seed, averaged=0.985)
        return {"history": find.train([(self._train, 0.65), (self._close, 0.35)], self._val, course, self._scratch / "classify", self._options.weights, plan.classify_side // SHRINK)}

    def train_reader(self) -> dict:
        plan = self._plan
        print(f"{len(self._close.subjects)} mouths in close-ups, {len(self._train.subjects)} in scenes")
        course = Course("read", plan.read_epochs, plan.read_steps, plan.seed, averaged=0.997)
        history = read.train([(self._close, 0.75), (self._train, 0.25)], self._val, course, self._scratch / "classify", self._options.weights, plan.classify_window)
        return {"bottles": len(self._close.subjects) + len(self._train.subjects), "history": history}

    def _reader(self) -> read.Reader:
        return read.trained("read", self._scratch / "classify", self._options.weights, self._plan.classify_window)

    def export_classifier(self) -> dict:
        plan, target = self._plan, self._scratch / "classify" / "model.onnx"
        finders, readers = [find.trained("find", self._scratch / "classify", self._options.weights)], [self._reader()]
        if self._options.beside:
            finders.append(earlier.finder_of(self._options.beside))
            readers.append(earlier.reader_of(self._options.beside, plan.classify_window))
        model = Glimpse(finders, readers)
        export_classifier(model, target, plan.classify_side)
        model.temperature = temperature_of(measure_classifier(OnnxModel(target), self._val.images, self._val.subjects, plan.seed))
        export_classifier(model, target, plan.classify_side)
        return {"temperature": round(model.temperature, 3)}

    def train_detector(self) -> dict:
        plan = self._plan
        return detect.train(
            detect.Scenes(self._pictures("train")), self._scratch / "detect", self._options.weights, self._reader(),
            plan.detect_side, plan.detect_epochs, plan.detect_steps, plan.seed,
        )

    def export_detector(self) -> None:
        detect.export(self._scratch / "detect", self._scratch / "detect" / "model.onnx", self._options.weights, self._plan.detect_side)

    def measure_classifier(self) -> dict:
        measured, curves = self._measured(self._scratch / "classify" / "model.onnx")
        other = {"another_version": self._measured(self._options.against)[0]} if self._options.against else {}
        return {**measured, **other, "reliability": curves}

    def _measured(self, file: Path) -> tuple[dict, dict]:
        """On the held-out renders in both sizes, the same through strange cameras, and those to watch by; how far confidence is true."""
        model, seed = OnnxModel(file), self._plan.seed
        answers = {
            "held_out": measure_classifier(model, self._large.images, self._large.subjects, seed),
            "held_out_strange_cameras": measure_classifier(model, self._large.images, self._large.subjects, seed, strange_camera),
            "held_out_small": measure_classifier(model, self._test.images, self._test.subjects, seed),
            "held_out_small_strange_cameras": measure_classifier(model, self._test.images, self._test.subjects, seed, strange_camera),
            "validation": measure_classifier(model, self._val.images, self._val.subjects, seed),
        }
        curves = {name: answers[name].reliability() for name in ("held_out", "held_out_strange_cameras")}
        return {name: answer.summary() for name, answer in answers.items()}, curves

    def measure_detector(self) -> dict:
        model = OnnxModel(self._scratch / "detect" / "model.onnx")
        return {"held_out": measure_detector(model, self._pictures("test")), "validation": measure_detector(model, self._pictures("val"))}

    def _trained_on(self) -> dict:
        start = "a YOLOv8n COCO checkpoint" if self._options.weights else "nothing"
        return {"kind": "rendered", "renderer": "models/training/bottles/renderer/render.py", "scenes": self._plan.train, "pictures": len(self._pictures("train")), "started_from": start}

    def package_classifier(self, measured: dict) -> Path:
        plan = self._plan
        notes = json.loads((self._scratch / "classify" / "stages.json").read_text())["done"]
        more = {
            "close_ups": len(self._pictures("close")), "bottles": notes["read"]["bottles"],
            "finder_views": plan.find_epochs * plan.find_steps * find.BATCH, "reader_windows": plan.read_epochs * plan.read_steps * read.BATCH,
            "temperature": notes["export"]["temperature"],
        }
        if self._options.beside:
            more["second_finder_and_reader"] = f"of {earlier.name_of(self._options.beside)}"
        return write_classifier_package(
            self._scratch / "classify" / "model.onnx", self._options.models, measured, {**self._trained_on(), **more},
            self._options.blender, self._scratch / "samples", self._folder,
        )

    def package_detector(self, measured: dict) -> Path:
        plan = self._plan
        more = {"backbone": "of the reader of bottle-status", "batches": plan.detect_epochs * plan.detect_steps, "batch": detect.BATCH}
        return write_detector_package(
            self._scratch / "detect" / "model.onnx", self._options.models, measured, {**self._trained_on(), **more},
            self._options.blender, self._scratch / "samples", self._folder,
        )
