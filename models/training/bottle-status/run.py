"""Make the `bottle-status` model from nothing: render, train, export, evaluate, write the package.

    python3 models/training/bottle-status/run.py [--weights PATH] [--quick]

Every stage leaves a note beside its output; run again, finished stages are skipped, and an interrupted
training goes on from its last epoch. Other settings than last time mean a new start.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent.parent
SCRATCH = HERE.parent / "out" / "bottle-status"


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    train: int
    """Scenes to train on; each gives an open and a closed picture."""
    val: int
    test: int
    epochs: int
    seed: int = 1


FULL = Plan(train=2000, val=150, test=400, epochs=10)
QUICK = Plan(train=150, val=30, test=50, epochs=2)


class Stages:
    """Runs stages in order and remembers, in one file, which are done and with what result."""

    def __init__(self, folder: Path, settings: dict) -> None:
        self._notes = folder / "stages.json"
        folder.mkdir(parents=True, exist_ok=True)
        saved = json.loads(self._notes.read_text()) if self._notes.exists() else {}
        if saved.get("settings") != settings:
            shutil.rmtree(folder)
            folder.mkdir()
            saved = {"settings": settings, "done": {}}
        self._saved = saved

    def run(self, name: str, work: Callable[[], dict | None]) -> dict:
        """Do one stage, or skip it; returns its result with `seconds`, the time it took."""
        done = self._saved["done"]
        if name in done:
            print(f"{name}: done before, skipped")
            return done[name]
        print(f"{name}: started")
        began = time.monotonic()
        done[name] = {**(work() or {}), "seconds": round(time.monotonic() - began)}
        self._notes.write_text(json.dumps(self._saved, indent=2))
        print(f"{name}: done in {done[name]['seconds']} s")
        return done[name]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="a YOLOv8n COCO checkpoint whose backbone to start from")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a few minutes' rehearsal; the model is of no use")
    parser.add_argument("--models", type=Path, default=MODELS, help="where the package goes (%(default)s)")
    return parser.parse_args()


def keep_ultralytics_at_home() -> None:
    """No downloads, no telemetry, no settings outside the scratch folder. Call before importing it."""
    os.environ["YOLO_OFFLINE"] = "True"
    os.environ["YOLO_AUTOINSTALL"] = "False"
    os.environ["YOLO_CONFIG_DIR"] = str(SCRATCH.parent)


def main() -> None:
    options = parse_options()
    keep_ultralytics_at_home()
    from evaluate import Classifier, measure
    from package import DESCRIPTION, write_package
    from render import render_dataset
    from train import export, train

    plan = QUICK if options.quick else FULL
    scratch = SCRATCH.with_name("bottle-status-quick") if options.quick else SCRATCH
    data, training, model = scratch / "data", scratch / "training", scratch / "model.onnx"
    scenes = {"train": plan.train, "val": plan.val, "test": plan.test}
    stages = Stages(scratch, {**asdict(plan), "weights": options.weights is not None})

    def evaluate() -> dict:
        classifier = Classifier(model, options.threads)
        held_out, validation = measure(classifier, data / "test"), measure(classifier, data / "val")
        print("wrong on held-out pictures:", *held_out.wrong or ["none"])
        return {"held_out": held_out.summary(), "validation": validation.summary()}

    stages.run("render", lambda: render_dataset(data, scenes, options.threads))
    best = training / "weights" / "best.pt"
    stages.run("train", lambda: train(data, training, options.weights, plan.epochs, options.threads, plan.seed))
    stages.run("export", lambda: export(best, model, DESCRIPTION))
    measured = stages.run("evaluate", evaluate)
    measurements = {name: measured[name] for name in ("held_out", "validation")}
    trained_on = {
        "pictures": 2 * plan.train,
        "kind": "rendered",
        "renderer": "models/training/bottle-status/render.py",
        "epochs": plan.epochs,
        "started_from": "a YOLOv8n COCO checkpoint" if options.weights else "nothing",
    }
    folder = write_package(model, measurements, trained_on, options.models)
    print(json.dumps(measurements, indent=2))
    print(f"package written to {folder}")


if __name__ == "__main__":
    main()
