"""Makes what the golden tests beside it compare with: Ultralytics' own answers.

    python make.py ../../../../../shared

needs `ultralytics` (8.4.190 made the files), `onnx`, `onnxruntime` and `onnxslim`. It writes

- `coco-detect-dynamic.json`: the answers of shared/models/coco-detect-dynamic.onnx to the shared pictures,
  padded to rectangles as Ultralytics pads them for a model of dynamic size;
- `tensors.json.gz`: outputs of small models with random weights, exported in every way that Ultralytics
  knows, and what its predictors make of them. The weights are of no use, the shapes and numbers are.
"""

import base64
import gzip
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import ultralytics
import yaml
from PIL import Image, ImageOps
from ultralytics import YOLO
from ultralytics.data.augment import LetterBox

HERE = Path(__file__).parent
IMGSZ = (64, 96)
NAMES = ["circle", "rectangle", "triangle"]
TASKS = {"detect": "", "segment": "-seg", "pose": "-pose", "obb": "-obb"}
EXPORTS = {
    (8, "anchors"): {},
    (8, "rows"): {"nms": True, "conf": 0.05, "max_det": 40},
    (11, "anchors"): {},
    (26, "anchors"): {},
    (26, "rows"): {"nms": False, "max_det": 40},
}


def main(shared: Path) -> None:
    write_dynamic(shared)
    write_tensors(shared)


def read_picture(path: Path) -> np.ndarray:
    """As a person sees it, in the BGR that Ultralytics takes."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    return np.ascontiguousarray(np.asarray(picture)[..., ::-1])


def write_dynamic(shared: Path) -> None:
    model = YOLO(shared / "models/coco-detect-dynamic.onnx", task="detect")
    answers = {}
    for path in sorted((shared / "images").glob("[bsz]*")):
        if path.name.startswith("shapes"):
            continue
        picture = read_picture(path)
        (result,) = model.predict(picture, imgsz=640, conf=0.25, iou=0.7, verbose=False, device="cpu")
        height, width = picture.shape[:2]
        answers[path.name] = {
            "width": width,
            "height": height,
            "conf": 0.25,
            "iou": 0.7,
            "predictions": result.summary(decimals=5),
        }
    made_by = f"make.py, ultralytics {ultralytics.__version__}"
    text = json.dumps({"made_by": made_by, "answers": answers}, indent=1)
    (HERE / "coco-detect-dynamic.json").write_text(text + "\n")


def write_tensors(shared: Path) -> None:
    picture = read_picture(shared / "images/street-640.jpg")[:200, :150]
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for (version, form), options in EXPORTS.items():
            for task in TASKS:
                path = export(version, task, options, Path(folder))
                cases.append({"name": f"{task} of YOLO{version}, {form}", **run(path, task, picture)})
    made_by = f"make.py, ultralytics {ultralytics.__version__}"
    text = json.dumps({"made_by": made_by, "cases": cases})
    (HERE / "tensors.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def export(version: int, task: str, options: dict, folder: Path) -> Path:
    torch.manual_seed(version)
    root = Path(ultralytics.__file__).parent / "cfg/models"
    family = "v8" if version == 8 else str(version)
    described = yaml.safe_load(next(root.rglob(f"yolo{family}{TASKS[task]}.yaml")).read_text())
    described |= {"nc": len(NAMES), "scale": "n", "kpt_shape": [3, 2] if version == 11 else [2, 3]}
    if task == "segment":
        # Few and small prototypes, so that the file is small too.
        described["head"][-1][3] = ["nc", 4, 32]
    file = folder / f"yolo{family}n{TASKS[task]}-{len(options)}.yaml"
    file.write_text(yaml.safe_dump(described))
    model = YOLO(file, task=task)
    model.model.names = dict(enumerate(NAMES))
    enliven(model.model)
    return Path(model.export(format="onnx", imgsz=IMGSZ, verbose=False, **options))


def enliven(model: torch.nn.Module) -> None:
    """Statistics for the normalisation, and scores that differ: the weights of a new model give neither."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    with torch.no_grad():
        for _ in range(4):
            model._predict_once(torch.nn.functional.interpolate(torch.rand(4, 3, 8, 12), size=IMGSZ))
    model.eval()
    head = model.model[-1]
    with torch.no_grad():
        for name in ("cv3", "one2one_cv3"):
            for scores in getattr(head, name, None) or []:
                scores[-1].weight.normal_(0, 0.1)
                scores[-1].bias.fill_(-2)
        proto = getattr(head, "proto", None)
        if proto is not None:
            proto.cv3.act = torch.nn.Identity()  # of both signs, so that there are masks


def run(path: Path, task: str, picture: np.ndarray) -> dict:
    session = onnxruntime.InferenceSession(path)
    metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    height, width = IMGSZ
    pixels = LetterBox(IMGSZ, auto=False, stride=32)(image=picture)[..., ::-1].transpose(2, 0, 1)
    outputs = session.run(None, {"images": np.ascontiguousarray(pixels[None], dtype=np.float32) / 255})
    model = YOLO(path, task=task)
    params = {"conf": 0.05, "iou": 0.5, "max_det": 12}
    (result,) = model.predict(picture, imgsz=IMGSZ, rect=False, verbose=False, device="cpu", **params)
    return {
        "task": task,
        "metadata": {key: metadata[key] for key in ("end2end", "args", "kpt_shape") if key in metadata},
        "input": {"width": width, "height": height},
        "image": {"width": picture.shape[1], "height": picture.shape[0]},
        "outputs": [
            {"shape": list(output.shape), "data": base64.b64encode(output.astype("<f4").tobytes()).decode()}
            for output in outputs
        ],
        "params": params,
        "predictions": result.summary(decimals=5),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
