"""The classifier's network: it looks at the whole picture for a mouth, then at the mouth.

A finder, COCO's YOLOv8n up to its finest map, sees the picture at a third of its size and points at one mouth: where, and how
large. A window around it is cut out of the full picture, and a reader, YOLOv8n-cls, tells open from closed.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from ultralytics.nn.tasks import ClassificationModel, DetectionModel, load_checkpoint

from views import COVERS, NAMES

SHRINK = 3
"""How many times smaller the finder sees the picture."""

STRIDE = 8
"""Of the finder's map, in pixels of the shrunk picture."""

WINDOW = 4.0
"""Half the width of the reader's window, in radii of the mouth."""

SMALLEST, LARGEST = 1.0, 60.0
"""Radii (px of the shrunk picture) that the finder may answer."""

FINDER_LAYERS = 16
"""Of YOLOv8n: its backbone, and its neck down to the map with stride 8."""


class Finder(nn.Module):
    """For each cell of a map: how likely a mouth is there, where exactly, and the logarithm of its radius."""

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        given = DetectionModel("yolov8n.yaml", nc=80, verbose=False) if weights is None else load_checkpoint(weights)[0].float()
        self.layers = given.model[:FINDER_LAYERS]
        self.kept = set(given.save)
        self.head = nn.Sequential(nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.SiLU(), nn.Conv2d(64, 4, 1))
        for parameter in self.parameters():
            parameter.requires_grad_(True)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scores (batch, cells), places (batch, cells, 2; px), logarithms of radii (batch, cells; px)."""
        kept: list[torch.Tensor | None] = []
        x = pictures
        for layer in self.layers:
            if layer.f != -1:
                x = kept[layer.f] if isinstance(layer.f, int) else [x if j == -1 else kept[j] for j in layer.f]
            x = layer(x)
            kept.append(x if layer.i in self.kept else None)
        out = self.head(x).float()
        rows, columns = out.shape[2:]
        flat = out.flatten(2)
        y, x = torch.meshgrid(torch.arange(rows, dtype=torch.float32), torch.arange(columns, dtype=torch.float32), indexing="ij")
        cells = torch.stack([x.flatten(), y.flatten()], -1) + 0.5
        return flat[:, 0], (cells + flat[:, 1:3].transpose(1, 2)) * STRIDE, flat[:, 3] + 2.0


class Reader(nn.Module):
    """YOLOv8n-cls on a window around a mouth. Its last map is not averaged: what is in the middle counts most, and training says how much."""

    def __init__(self, weights: Path | None, side: int) -> None:
        super().__init__()
        model = ClassificationModel("yolov8n-cls.yaml", nc=len(NAMES), verbose=False)
        if weights is not None:
            own, given = model.state_dict(), load_checkpoint(weights)[0].float().state_dict()
            taken = {key: value for key, value in given.items() if key in own and own[key].shape == value.shape}
            model.load_state_dict(taken, strict=False)
        head = model.model[-1]
        self.body, self.last = model.model[:-1], head.conv
        cells, channels = -(-side // 32), head.linear.in_features
        self.gather = nn.Conv2d(channels, channels, cells, groups=channels)
        nn.init.constant_(self.gather.weight, 1 / cells**2)
        nn.init.zeros_(self.gather.bias)
        self.state, self.cover = nn.Linear(channels, len(NAMES)), nn.Linear(channels, len(COVERS))
        self.side = side
        for parameter in self.parameters():
            parameter.requires_grad_(True)

    def features(self, windows: torch.Tensor) -> torch.Tensor:
        return self.gather(self.last(self.body(windows))).flatten(1)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Scores of open and closed."""
        return self.state(self.features(windows))


class Glimpse(nn.Module):
    """All as one classifier: a square picture in, the probabilities of open and closed out. Several finders, and several readers, are asked as one."""

    def __init__(self, finders: list[Finder], readers: list[Reader], temperature: float = 1.0) -> None:
        super().__init__()
        self.finders, self.readers, self.temperature = nn.ModuleList(finders), nn.ModuleList(readers), temperature

    def aim(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the likeliest mouth is (batch, 2) and its radius (batch, 1), px of the whole picture."""
        shrunk = nn.functional.avg_pool2d(pictures, SHRINK)
        found = [(scores.log_softmax(1), places, radii) for scores, places, radii in (finder(shrunk) for finder in self.finders)]
        scores, places, radii = (torch.stack(answers).mean(0) for answers in zip(*found, strict=True))
        best = scores.argmax(1, keepdim=True)
        place = places.gather(1, best[..., None].expand(-1, -1, 2))[:, 0]
        radius = radii.gather(1, best).exp().clamp(SMALLEST, LARGEST)
        return place * SHRINK, radius * SHRINK

    def windows(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the reader sees: cut out and resized, with antialiasing, by one matrix for the columns and one for the rows."""
        place, radius = self.aim(pictures)
        columns, left, right = self._mix(place[:, :1], radius, pictures.shape[3])
        rows, top, bottom = self._mix(place[:, 1:], radius, pictures.shape[2])
        return rows[:, None] @ (pictures[:, :, top:bottom, left:right] @ columns.transpose(1, 2)[:, None])

    def _mix(self, centre: torch.Tensor, radius: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """For each pixel of the window along one axis: how much it takes of the picture's (batch, side, n), and the first and the end of those n."""
        side = self.readers[0].side
        step = 2 * WINDOW * radius / side
        reach = step.clamp(min=1.0)
        wanted = (centre + (torch.arange(side, dtype=torch.float32) + 0.5 - side / 2) * step).clamp(0.5, size - 0.5)
        first, end = (wanted - reach).amin((0, 1)).floor().clamp(min=0).long(), (wanted + reach).amax((0, 1)).ceil().clamp(max=size).long()
        there = torch.arange(size, dtype=torch.float32)[first:end] + 0.5
        near = (1 - (wanted[..., None] - there).abs() / reach[..., None]).clamp(min=0)
        return near / near.sum(2, keepdim=True), first, end

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """The window is read as it is and mirrored: the two are wrong about different things, and so are several readers."""
        seen = self.windows(pictures)
        both = torch.cat([seen, seen.flip(3)])
        scores = torch.stack([reader(both).unflatten(0, (2, -1)).mean(0) for reader in self.readers]).mean(0)
        return (scores / self.temperature).softmax(1)
