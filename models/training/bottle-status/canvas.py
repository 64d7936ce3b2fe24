"""Pixels: where a shape lies, how much of a pixel it covers, and how it is painted.

Pictures are float32 RGB arrays, height x width x 3, each channel from 0 to 1.
"Bottle units" (bu) measure everything on an object: a bottle is 1 bu high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Colour = np.ndarray
"""RGB, shape (3,) or broadcastable to height x width x 3, each channel from 0 to 1."""


class Bounds(NamedTuple):
    """A rectangle in bottle units: `u` to the right, `v` downwards."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Pose:
    """Where an object's origin lies in the picture, and how it is turned."""

    x: float
    """Pixels from the left edge."""
    y: float
    """Pixels from the top edge."""
    scale: float
    """Pixels per bottle unit."""
    angle: float
    """Radians, clockwise on screen."""

    def to_pixels(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bottle units to pixels."""
        cos, sin = np.cos(self.angle) * self.scale, np.sin(self.angle) * self.scale
        return self.x + cos * u - sin * v, self.y + sin * u + cos * v

    def child(self, u: float, v: float, angle: float = 0.0) -> Pose:
        """The pose of a part whose origin lies at (u, v) bu, turned by `angle` radians more."""
        x, y = self.to_pixels(u, v)
        return Pose(float(x), float(y), self.scale, self.angle + angle)


@dataclass
class Patch:
    """The pixels around one object, with their coordinates in that object's own frame."""

    pixels: np.ndarray
    """A view into the canvas: painting here paints the picture."""
    u: np.ndarray
    v: np.ndarray
    pixel: float
    """The width of one pixel, in bottle units."""

    def coverage(self, distance: np.ndarray) -> np.ndarray:
        """How much of each pixel lies inside, given its signed distance in bu (negative: inside)."""
        return np.clip(0.5 - distance / self.pixel, 0.0, 1.0)

    def paint(self, mask: np.ndarray, colour: Colour) -> None:
        """Cover the pixels with `colour` as far as `mask` (0 to 1) says."""
        self.pixels += mask[..., None] * (colour - self.pixels)


class Canvas:
    """A picture being painted."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        self.height, self.width = pixels.shape[:2]

    def patch(self, pose: Pose, bounds: Bounds) -> Patch | None:
        """The part of the picture that `bounds` covers; None where that is outside the frame."""
        corners_u = np.array([bounds.left, bounds.right, bounds.right, bounds.left])
        corners_v = np.array([bounds.top, bounds.top, bounds.bottom, bounds.bottom])
        xs, ys = pose.to_pixels(corners_u, corners_v)
        left, right = _clip_range(xs, self.width)
        top, bottom = _clip_range(ys, self.height)
        if left >= right or top >= bottom:
            return None
        dy, dx = np.mgrid[top:bottom, left:right].astype(np.float32)
        dx, dy = dx + 0.5 - pose.x, dy + 0.5 - pose.y
        cos, sin = np.cos(pose.angle) / pose.scale, np.sin(pose.angle) / pose.scale
        pixels = self.pixels[top:bottom, left:right]
        return Patch(pixels, cos * dx + sin * dy, cos * dy - sin * dx, 1.0 / pose.scale)


def _clip_range(values: np.ndarray, limit: int) -> tuple[int, int]:
    """The whole pixels between the least and the greatest value, two to spare, inside the frame."""
    low = max(0, int(np.floor(values.min())) - 2)
    high = min(limit, int(np.ceil(values.max())) + 2)
    return low, high


def disc(patch: Patch, v: float, radius: float, squash: float) -> np.ndarray:
    """Mask of a circle of `radius` bu seen from above its edge: an ellipse `squash` times as high."""
    x, y = patch.u / radius, (patch.v - v) / (radius * squash)
    length = np.maximum(np.hypot(x, y), 1e-6)
    gradient = np.hypot(x / radius, y / (radius * squash)) / length
    return patch.coverage((length - 1.0) / np.maximum(gradient, 1e-6))


def capsule(patch: Patch, start: tuple[float, float], end: tuple[float, float], radius: float) -> np.ndarray:
    """Signed distance (bu) to a thick line with round ends: a finger, a straw, a pen."""
    axis_u, axis_v = end[0] - start[0], end[1] - start[1]
    along = (patch.u - start[0]) * axis_u + (patch.v - start[1]) * axis_v
    along = np.clip(along / (axis_u**2 + axis_v**2), 0.0, 1.0)
    return np.hypot(patch.u - start[0] - along * axis_u, patch.v - start[1] - along * axis_v) - radius
