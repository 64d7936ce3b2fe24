"""What the programs that formats are made for read in them. Prints JSON: `python read-formats.py FOLDER NAME NAMES`."""

import contextlib
import io
import json
import sys
from pathlib import Path


def read_coco(path):
    from pycocotools import mask
    from pycocotools.coco import COCO

    coco = COCO(str(path))
    results = coco.loadRes([dict(one) for one in coco.dataset["annotations"]]) if coco.dataset["annotations"] else None
    annotations = []
    for one in coco.loadAnns(coco.getAnnIds()):
        area = int(mask.area(coco.annToRLE(one))) if one["segmentation"] else None
        annotations.append({"category": coco.cats[one["category_id"]]["name"], "bbox": one["bbox"], "mask": area})
    return {"annotations": annotations, "results": len(results.anns) if results else 0}


def read_yolo(path, image, keypoints, classes):
    from PIL import Image
    from ultralytics.data.utils import verify_image_label

    picture = path.with_suffix(".jpg")
    Image.new("RGB", image).save(picture)
    arguments = (str(picture), str(path), "", keypoints > 0, classes, keypoints, 3 if keypoints else 0, False)
    _, labels, _, segments, points, missing, found, empty, corrupt, message = verify_image_label(arguments)
    return {
        "labels": [] if labels is None else labels.tolist(),
        "segments": [one.tolist() for one in segments or []],
        "keypoints": [] if points is None else points.tolist(),
        "corrupt": corrupt,
        "message": message,
    }


def read_labelme(path):
    try:
        from labelme._label_file import LabelFile  # labelme 5.9 and later
    except ImportError:
        from labelme.label_file import LabelFile
    from PIL import Image

    data = json.loads(path.read_text())
    Image.new("RGB", (data["imageWidth"], data["imageHeight"])).save(path.parent / data["imagePath"])
    file = LabelFile(str(path))
    return [{"label": one["label"], "type": one["shape_type"], "points": one["points"]} for one in file.shapes]


def attempt(read, *arguments):
    """What is not installed is not read."""
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise):
            return read(*arguments)
    except ImportError as error:
        return {"absent": str(error)}


folder = Path(sys.argv[1])
answers = {}
for task in json.loads((folder / "tasks.json").read_text()):
    at = folder / task["name"]
    answers[task["name"]] = {
        "coco": attempt(read_coco, at / "coco.json"),
        "labelme": attempt(read_labelme, at / "labelme.json"),
        "yolo": attempt(read_yolo, at / "yolo.txt", tuple(task["image"]), task["keypoints"], task["classes"]),
    }
print(json.dumps(answers))
