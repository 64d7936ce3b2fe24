"""What each stage of `run.py` does."""

from __future__ import annotations

import argparse
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import torch

import classify
import detect
from camera import strange_camera
from evaluate import OnnxModel, measure_classifier, measure_detector
from export import export_classifier
from package import write_classifier_package, write_detector_package
from renders import pictures, render_all

if TYPE_CHECKING:
    from run import Plan


class Workshop:
    """The plan, the folders, and one method per stage."""

    def __init__(self, plan: Plan, options: argparse.Namespace, scratch: Path, renders: Path) -> None:
        self._plan, self._options, self._scratch, self._folder = plan, options, scratch, renders
        self._scenes = {"train": plan.train, "val": plan.val, "test": plan.test}
        torch.set_num_threads(options.threads)
        cv2.setNumThreads(1)

    def render(self) -> None:
        render_all(self._options.blender, self._folder, self._scenes, self._options.workers)

    def _pictures(self, split: str) -> list[tuple[Path, dict]]:
        return pictures(self._folder / split, self._scenes[split])

    @cached_property
    def _val(self) -> classify.Renders:
        return classify.Renders(self._pictures("val"))

    @cached_property
    def _test(self) -> classify.Renders:
        return classify.Renders(self._pictures("test"))

    def train_classifier(self) -> dict:
        plan = self._plan
        renders = classify.Renders(self._pictures("train"))
        print(f"{len(renders.images)} pictures, {len(renders.subjects)} bottles")
        rounds = []
        for round_, epochs in ((classify.FIRST, plan.classify_epochs), (classify.SECOND, plan.classify_more_epochs)):
            made = classify.train(
                round_, renders, self._val, self._scratch / "classify", self._options.weights, plan.classify_side, epochs, plan.classify_views, plan.seed
            )
            rounds.append(made["history"])
        return {"pictures": len(renders.images), "bottles": len(renders.subjects), "rounds": rounds}

    def export_classifier(self) -> dict:
        plan = self._plan
        model = classify.round_model(classify.SECOND, self._scratch / "classify", self._options.weights)
        temperature = classify.calibrate(model, self._val, plan.classify_side, plan.seed)
        export_classifier(model, self._scratch / "classify" / "model.onnx", plan.classify_side)
        return {"temperature": round(temperature, 3)}

    def train_detector(self) -> dict:
        plan = self._plan
        classifier = classify.round_model(classify.FIRST, self._scratch / "classify", self._options.weights)
        return detect.train(
            detect.Scenes(self._pictures("train")), self._scratch / "detect", self._options.weights, classifier,
            plan.detect_side, plan.detect_epochs, plan.detect_steps, plan.seed,
        )

    def export_detector(self) -> None:
        detect.export(self._scratch / "detect", self._scratch / "detect" / "model.onnx", self._options.weights, self._plan.detect_side)

    def measure_classifier(self) -> dict:
        model, seed = OnnxModel(self._scratch / "classify" / "model.onnx"), self._plan.seed
        held_out = measure_classifier(model, self._test.images, self._test.subjects, seed)
        strange = measure_classifier(model, self._test.images, self._test.subjects, seed, strange_camera)
        seen = measure_classifier(model, self._val.images, self._val.subjects, seed)
        return {
            "held_out": held_out.summary(),
            "held_out_strange_cameras": strange.summary(),
            "validation": seen.summary(),
            "reliability": {"held_out": held_out.reliability(), "held_out_strange_cameras": strange.reliability()},
        }

    def measure_detector(self) -> dict:
        model = OnnxModel(self._scratch / "detect" / "model.onnx")
        return {"held_out": measure_detector(model, self._pictures("test")), "validation": measure_detector(model, self._pictures("val"))}

    def write_packages(self, classified: dict, detected: dict) -> list[Path]:
        plan, models = self._plan, self._options.models
        start = "a YOLOv8n COCO checkpoint" if self._options.weights else "nothing"
        trained_on = {"kind": "rendered", "renderer": "models/training/bottles/renderer/render.py", "scenes": plan.train, "pictures": len(self._pictures("train")), "started_from": start}
        notes = json.loads((self._scratch / "classify" / "stages.json").read_text())["done"]
        folder = write_classifier_package(
            self._scratch / "classify" / "model.onnx", models, classified,
            {**trained_on, "bottles": notes["train"]["bottles"], "epochs": plan.classify_epochs + plan.classify_more_epochs, "views_per_epoch": plan.classify_views, "temperature": notes["export"]["temperature"]},
            self._options.blender, self._scratch / "samples", self._folder,
        )
        boxes = write_detector_package(
            self._scratch / "detect" / "model.onnx", models, detected, {**trained_on, "started_from": f"{start}, with the backbone of bottle-status after its first round", "batches": plan.detect_epochs * plan.detect_steps, "batch": detect.BATCH},
            self._options.blender, self._scratch / "samples", self._folder,
        )
        return [folder, boxes]
