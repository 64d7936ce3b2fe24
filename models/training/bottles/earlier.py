"""The finder and the reader of an earlier version, taken out of its ONNX file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from ultralytics.nn.modules.conv import Conv

from glimpse import Finder, Reader

Weights = dict[str, list[torch.Tensor]]
"""By the name of a node of the network: its weight and its bias."""


def name_of(file: Path) -> str:
    """What the package is called that the file belongs to: its folders are the name and the version."""
    return f"{file.resolve().parent.parent.name} {file.resolve().parent.name}"


def finder_of(file: Path) -> Finder:
    """A finder with that file's weights."""
    given, finder = _weights_in(file), Finder(None)
    _fill_folded(finder.layers, "/finder/layers.", given)
    _fill(finder.head[0], given["/finder/head/head.0/Conv"][0])
    _fill_norm(finder.head[1], given["/finder/head/head.0/Conv"][1])
    _fill(finder.head[3], *given["/finder/head/head.3/Conv"])
    return finder.eval()


def reader_of(file: Path, side: int) -> Reader:
    """A reader with that file's weights."""
    given, reader = _weights_in(file), Reader(None, side)
    _fill_folded(reader.body, "/reader/body/body.", given)
    _fill(reader.last.conv, given["/reader/last/conv/Conv"][0])
    _fill_norm(reader.last.bn, given["/reader/last/conv/Conv"][1])
    _fill(reader.gather, *given["/reader/gather/Conv"])
    _fill(reader.state, *given["/reader/state/Gemm"])
    return reader.eval()


def _weights_in(file: Path) -> Weights:
    graph = onnx.load(file).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    return {node.name: [_tensor(stored[name]) for name in node.input if name in stored] for node in graph.node}


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values.copy())


def _fill_folded(layers: nn.Module, prefix: str, given: Weights) -> None:
    """Convolutions into which their batch norms were folded."""
    for name, module in layers.named_modules():
        if isinstance(module, Conv):
            weight, bias = given[f"{prefix}{name.replace('.cv', '/cv').replace('.m.', '/m.')}/conv/Conv"]
            _fill(module.conv, weight)
            _fill_norm(module.bn, bias)


def _fill(layer: nn.Module, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)


def _fill_norm(norm: nn.BatchNorm2d, bias: torch.Tensor) -> None:
    """Let it add `bias` and do nothing else."""
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    _fill(norm, torch.ones_like(bias), bias)
