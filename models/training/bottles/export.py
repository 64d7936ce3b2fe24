"""Write the trained classifier as ONNX, with the metadata that Ultralytics writes."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxslim
import torch
from torch import nn
from ultralytics.nn.tasks import ClassificationModel

from views import NAMES

OPSET = 17
"""Read by ONNX Runtime 1.13 and everything later."""


class Probabilities(nn.Module):
    """The model with one output: what comes out of the softmax."""

    def __init__(self, model: ClassificationModel) -> None:
        super().__init__()
        self.layers = model.model

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        head = self.layers[-1]
        x = head.pool(head.conv(self.layers[:-1](images))).flatten(1)
        return head.linear(x).softmax(1)


def export_classifier(model: ClassificationModel, target: Path, side: int) -> None:
    """A static, simplified file of one picture a run."""
    model = model.eval().to(memory_format=torch.contiguous_format).fuse(verbose=False)
    torch.onnx.export(
        Probabilities(model), torch.zeros(1, 3, side, side), str(target), opset_version=OPSET, dynamo=False,
        input_names=["images"], output_names=["output0"], do_constant_folding=True,
    )
    slim = onnxslim.slim(onnx.load(target))
    for key, value in {
        "description": "YOLOv8n-cls: open bottles (aberta) and closed ones (fechada)",
        "author": "Lupa, with Ultralytics", "license": "AGPL-3.0", "task": "classify", "stride": "1", "batch": "1",
        "imgsz": str([side, side]), "names": str(dict(enumerate(NAMES))),
    }.items():
        entry = slim.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(slim)
    onnx.save(slim, target)
