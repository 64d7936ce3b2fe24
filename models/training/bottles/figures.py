"""Pictures for the model cards: a sheet of renders, and how far confidence can be believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def contact_sheet(pictures: list[Path], target: Path, columns: int = 6, side: int = 160) -> None:
    """Renders side by side, each in a square."""
    rows = (len(pictures) + columns - 1) // columns
    sheet = Image.new("RGB", (columns * side, rows * side), (40, 40, 40))
    for index, path in enumerate(pictures):
        with Image.open(path) as picture:
            small = picture.convert("RGB")
            small.thumbnail((side - 4, side - 4))
        corner = index % columns * side + (side - small.width) // 2, index // columns * side + (side - small.height) // 2
        sheet.paste(small, corner)
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, quality=82)


def reliability_diagram(curves: dict[str, list[tuple[float, float, int]]], target: Path, size: int = 420) -> None:
    """Share right over confidence, for each set of pictures; on the diagonal, confidence is true."""
    margin, inks = 52, ((20, 90, 180), (210, 90, 20), (40, 140, 60))
    plot = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(plot)
    font = ImageFont.load_default(12)

    def at(confidence: float, right: float) -> tuple[float, float]:
        span = size - 1.5 * margin
        return margin + (confidence - 0.5) * 2 * span, size - margin - right * span

    for tick in np.linspace(0.5, 1, 6):
        draw.line([at(tick, 0), at(tick, 1)], fill=(225, 225, 225))
        draw.text((at(tick, 0)[0] - 9, size - margin + 6), f"{tick:.1f}", fill="black", font=font)
    for tick in np.linspace(0, 1, 6):
        draw.line([at(0.5, tick), at(1, tick)], fill=(225, 225, 225))
        draw.text((margin - 26, at(0.5, tick)[1] - 7), f"{tick:.1f}", fill="black", font=font)
    draw.line([at(0.5, 0.5), at(1, 1)], fill=(120, 120, 120), width=1)
    for (name, points), ink in zip(curves.items(), inks, strict=False):
        spots = [at(confidence, right) for confidence, right, _ in points]
        draw.line(spots, fill=ink, width=2)
        for spot, (_, _, count) in zip(spots, points, strict=True):
            r = 2 + np.log10(count)
            draw.ellipse([spot[0] - r, spot[1] - r, spot[0] + r, spot[1] + r], fill=ink)
    for index, (name, ink) in enumerate(zip(curves, inks, strict=False)):
        draw.text((margin + 12, margin // 2 + 16 * index), name.replace("_", " "), fill=ink, font=font)
    draw.text((size // 2 - 40, size - 24), "confidence", fill="black", font=font)
    draw.text((6, 8), "share right", fill="black", font=font)
    target.parent.mkdir(parents=True, exist_ok=True)
    plot.quantize(32).save(target, optimize=True)
