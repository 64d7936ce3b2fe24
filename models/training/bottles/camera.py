"""What cameras, software and distance do to a picture. RGB uint8 in and out.

`photograph` is trained with; `strange_camera` is not, and measures how far that carries.
"""

from __future__ import annotations

import cv2
import numpy as np


def photograph(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A few of many faults, lightly or strongly, in the order in which a camera makes them."""
    image = picture.astype(np.float32) / 255
    if rng.random() < 0.3:
        image = _haze(rng, image)
    if rng.random() < 0.75:
        image = _colour(rng, image)
    if rng.random() < 0.3:
        image = _uneven(rng, image)
    if rng.random() < 0.35:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.012 * max(image.shape) * rng.random() + 0.5))
    if rng.random() < 0.12:
        image = _shaken(rng, image)
    if rng.random() < 0.45:
        image = _noisy(rng, image)
    if rng.random() < 0.3:
        image = image + rng.uniform(0.3, 1.8) * (image - cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.5)))
    picture = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.3:
        picture = _shrunk(rng, picture)
    if rng.random() < 0.5:
        picture = _jpeg(picture, int(rng.integers(22, 95)))
    if rng.random() < 0.04:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return picture


def turned(rng: np.random.Generator, picture: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mirrored or turned a little around `keep` (x, y), which stays in it; gives back where that is now."""
    height, width = picture.shape[:2]
    if rng.random() < 0.5:
        picture, keep = picture[:, ::-1], np.array([width - 1 - keep[0], keep[1]])
    if rng.random() < 0.35:
        turn = cv2.getRotationMatrix2D((float(keep[0]), float(keep[1])), float(rng.normal(0, 9)), float(rng.uniform(0.95, 1.1)))
        picture = cv2.warpAffine(np.ascontiguousarray(picture), turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(picture), keep


def hidden(rng: np.random.Generator, picture: np.ndarray, keep: np.ndarray, clear: float) -> np.ndarray:
    """Something in front of the picture, nowhere near the mouth at `keep`."""
    height, width = picture.shape[:2]
    picture = picture.copy()
    for _ in range(rng.integers(1, 4)):
        w, h = rng.uniform(0.08, 0.4, 2) * [width, height]
        x, y = rng.uniform(-0.1, 1, 2) * [width, height]
        if x - clear < keep[0] < x + w + clear and y - clear < keep[1] < y + h + clear:
            continue
        patch = rng.integers(0, 256, 3).tolist()
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), patch, cv2.FILLED)
    return picture


def _haze(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    amount = rng.uniform(0.05, 0.4)
    return image * (1 - amount) + amount * rng.uniform(0.4, 1.0, 3).astype(np.float32)


def _colour(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """White balance, saturation, contrast, exposure, sometimes another hue altogether."""
    image = image * rng.uniform(0.8, 1.2, 3).astype(np.float32)
    grey = image.mean(-1, keepdims=True)
    image = grey + (image - grey) * rng.uniform(0.4, 1.6)
    image = np.clip(0.5 + (image - 0.5) * rng.uniform(0.7, 1.5) + rng.uniform(-0.15, 0.15), 0, 1) ** np.exp(rng.uniform(-0.5, 0.5))
    if rng.random() < 0.4:
        hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0] + (rng.normal(0, 18) if rng.random() < 0.5 else rng.uniform(0, 360))) % 360
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return image


def _uneven(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Light from one side, dark corners, or a shadow's edge."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32) / max(height, width)
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * np.pi)
        ramp = np.cos(angle) * x + np.sin(angle) * y
        gain = 1 + rng.uniform(0.2, 0.9) * (ramp - ramp.mean())
    else:
        gain = 1 - rng.uniform(0.2, 1.2) * ((x - x.mean()) ** 2 + (y - y.mean()) ** 2)
    return image * gain[..., None]


def _shaken(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    length = max(3, int(rng.uniform(0.008, 0.03) * max(image.shape)) | 1)
    kernel = np.zeros((length, length), np.float32)
    middle, angle = length // 2, rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    cv2.line(kernel, tuple(int(v) for v in np.round(middle - reach)), tuple(int(v) for v in np.round(middle + reach)), 1.0, 1)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def _noisy(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Of the sensor: stronger in the light parts, coarser where a camera smoothed it."""
    grain = rng.normal(0, 1, image.shape).astype(np.float32)
    if rng.random() < 0.4:
        grain = cv2.GaussianBlur(grain, (0, 0), 0.8) * 1.8
    if rng.random() < 0.4:
        grain = grain.mean(-1, keepdims=True) * 1.4
    return image + grain * rng.uniform(0.004, 0.05) * np.sqrt(0.2 + np.clip(image, 0, 1))


def _shrunk(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    share = rng.uniform(0.35, 0.85)
    ways = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_CUBIC)
    small = cv2.resize(picture, (max(8, int(width * share)), max(8, int(height * share))), interpolation=ways[rng.integers(4)])
    return cv2.resize(small, (width, height), interpolation=(cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)])


def _jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def strange_camera(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Two or three strong faults of kinds that are not trained with."""
    for fault in rng.choice(len(STRANGE), rng.integers(2, 4), replace=False):
        picture = STRANGE[fault](rng, picture)
    return picture


def _barrel(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A wide lens."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    dx, dy = (x - width / 2) / width, (y - height / 2) / height
    bend = 1 + rng.uniform(-0.25, 0.35) * (dx**2 + dy**2)
    return cv2.remap(picture, (dx * bend + 0.5) * width, (dy * bend + 0.5) * height, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _mosaic(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A cheap sensor: every pixel has one colour, with noise before the others are guessed."""
    raw = np.empty(picture.shape[:2], np.float32)
    raw[0::2, 0::2], raw[0::2, 1::2] = picture[0::2, 0::2, 0], picture[0::2, 1::2, 1]
    raw[1::2, 0::2], raw[1::2, 1::2] = picture[1::2, 0::2, 1], picture[1::2, 1::2, 2]
    raw += rng.normal(0, rng.uniform(4, 16), raw.shape)
    return cv2.cvtColor(np.clip(raw, 0, 255).astype(np.uint8), cv2.COLOR_BayerBG2BGR)


def _smoothed(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A telephone's noise reduction."""
    return cv2.bilateralFilter(picture, 7, float(rng.uniform(20, 60)), 4)


def _out_of_focus(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A disc, where training blurs with a bell."""
    r = max(1, int(max(picture.shape) * rng.uniform(0.004, 0.009)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)).astype(np.float32)
    return cv2.filter2D(picture, -1, disc / disc.sum())


def _webp(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, int(rng.integers(8, 30))])[1], cv2.IMREAD_COLOR)


def _flare(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A lamp in the lens."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cx, cy, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.15, 0.5) * max(width, height)
    glow = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r))[..., None] * rng.uniform(60, 150)
    return np.clip(picture + glow * rng.uniform(0.7, 1.0, 3), 0, 255).astype(np.uint8)


def _few_levels(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A dark picture made bright: bands."""
    step = int(rng.integers(10, 26))
    return np.clip(picture.astype(np.int32) // step * step + step // 2, 0, 255).astype(np.uint8)


def _aslant(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Seen from the side."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-0.07, 0.07, (4, 2)).astype(np.float32) * [width, height]
    return cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), (width, height), borderMode=cv2.BORDER_REPLICATE)


def _equalized(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """HDR, as telephones do it."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(float(rng.uniform(2, 5)), (4, 4)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


STRANGE = (_barrel, _mosaic, _smoothed, _out_of_focus, _webp, _flare, _few_levels, _aslant, _equalized)
