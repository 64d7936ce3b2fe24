"""Make the models `bottle-status` and `bottles` from nothing: render, train both, export, measure, write the packages.

    python models/training/bottles/run.py --blender PYTHON [--weights PATH] [--quick]

PYTHON is a Python 3.11 that has Blender's module `bpy`. Every stage leaves a note beside its output; run again,
finished stages are skipped, renders that are there are kept, and an interrupted training goes on from its last epoch.
Other settings than last time mean that the trainings start anew.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from plan import FULL, QUICK, Plan

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent.parent
SCRATCH = HERE.parent / "out" / "bottles"


class Stages:
    """Runs stages in order and remembers, in one file, which are done and with what result."""

    def __init__(self, folder: Path, settings: dict) -> None:
        self._notes = folder / "stages.json"
        saved = json.loads(self._notes.read_text()) if self._notes.exists() else {}
        if saved.get("settings") != settings:
            shutil.rmtree(folder, ignore_errors=True)
            saved = {"settings": settings, "done": {}}
        folder.mkdir(parents=True, exist_ok=True)
        self._saved = saved
        self._save()

    def run(self, name: str, work: Callable[[], dict | None]) -> dict:
        """Do one stage, or skip it; returns its result with `seconds`, the time it took."""
        done = self._saved["done"]
        if name in done:
            print(f"{name}: done before, skipped")
            return done[name]
        print(f"{name}: started")
        began = time.monotonic()
        done[name] = {**(work() or {}), "seconds": round(time.monotonic() - began)}
        self._save()
        print(f"{name}: done in {done[name]['seconds']} s")
        return done[name]

    def _save(self) -> None:
        self._notes.write_text(json.dumps(self._saved, indent=2))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blender", type=Path, required=True, help="a Python 3.11 that can import bpy")
    parser.add_argument("--weights", type=Path, help="a YOLOv8n COCO checkpoint to start from")
    parser.add_argument("--against", type=Path, help="the .onnx file of another version, measured on the same pictures")
    parser.add_argument("--beside", type=Path, help="the .onnx file of version 3, whose one finder and one reader work beside the new ones")
    parser.add_argument("--renders", type=Path, help="where the renders are kept (beside the trainings)")
    parser.add_argument("--workers", type=int, default=2, help="Blender processes at a time, each on one thread (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads to train on (%(default)s)")
    parser.add_argument("--stage", choices=("render", "classify"), help="stop after this: the renders alone, or the classifier without the detector")
    parser.add_argument("--quick", action="store_true", help="a few minutes' rehearsal; the models are of no use")
    parser.add_argument("--models", type=Path, default=MODELS, help="where the packages go (%(default)s)")
    return parser.parse_args()


def keep_ultralytics_at_home() -> None:
    """No downloads, no telemetry, no settings outside the scratch folder. Call before importing it."""
    os.environ["YOLO_OFFLINE"] = "True"
    os.environ["YOLO_AUTOINSTALL"] = "False"
    os.environ["YOLO_CONFIG_DIR"] = str(SCRATCH.parent)


def settings_of(plan: Plan, options: argparse.Namespace, without: str | None = None) -> dict:
    """What a training depends on; not what comes after it."""
    own = {key: value for key, value in asdict(plan).items() if without is None or not key.startswith(without)}
    return {**own, "weights": options.weights is not None}


def main() -> None:
    options = parse_options()
    keep_ultralytics_at_home()
    from stages import Workshop

    plan = QUICK if options.quick else FULL
    scratch = SCRATCH.with_name("bottles-quick") if options.quick else SCRATCH
    shop = Workshop(plan, options, scratch, options.renders or scratch / "renders")
    classify = Stages(scratch / "classify", settings_of(plan, options, without="detect"))
    detect = Stages(scratch / "detect", settings_of(plan, options))

    shop.render()
    if options.stage == "render":
        return
    classify.run("find", shop.train_finder)
    classify.run("read", shop.train_reader)
    classify.run("export", shop.export_classifier)
    measured = classify.run("measure", shop.measure_classifier)
    print(f"package written to {shop.package_classifier(measured)}")
    if options.stage == "classify":
        return
    detect.run("train", shop.train_detector)
    detect.run("export", shop.export_detector)
    print(f"package written to {shop.package_detector(detect.run('measure', shop.measure_detector))}")


if __name__ == "__main__":
    main()
