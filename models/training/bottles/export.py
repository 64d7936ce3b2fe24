"""Write the trained classifier as ONNX, with the metadata that Ultralytics writes."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxslim
import torch

from glimpse import Glimpse
from views import NAMES

OPSET = 17
"""Read by ONNX Runtime 1.13 and everything later."""


def export_classifier(model: Glimpse, target: Path, side: int) -> None:
    """A static, simplified file of one picture a run."""
    model = model.eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(
        model, torch.zeros(1, 3, side, side), str(target), opset_version=OPSET, dynamo=False,
        input_names=["images"], output_names=["output0"], do_constant_folding=True,
    )
    slim = onnxslim.slim(onnx.load(target))
    for key, value in {
        "description": "YOLOv8n, to find a mouth and to look at it: open bottles (aberta) and closed ones (fechada)",
        "author": "Lupa, with Ultralytics", "license": "AGPL-3.0", "task": "classify", "stride": "1", "batch": "1",
        "imgsz": str([side, side]), "names": str(dict(enumerate(NAMES))),
    }.items():
        entry = slim.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(slim)
    onnx.save(slim, target)
