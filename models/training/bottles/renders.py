"""All the renders, by several Blender processes at once. What is already there is kept."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from progress import Bar

CHUNK = 10
"""Scenes that one process renders: Blender's memory grows, and its start takes two seconds."""

RENDERER = Path(__file__).parent / "renderer" / "render.py"


def render_all(python: Path, directory: Path, scenes: dict[str, int], workers: int) -> None:
    """Render so many scenes of each split into DIR/<split>; the splits advance together."""
    chunks = sorted(
        ((first / count, split, first, min(CHUNK, count - first)) for split, count in scenes.items() for first in range(0, count, CHUNK)),
    )
    total = sum(len(_names(split, range(count))) for split, count in scenes.items())
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(directory, scenes, total, over))
    watcher.start()
    try:
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(_render_chunk, python, directory / split, split, first, count) for _, split, first, count in chunks]:
                done.result()
    finally:
        over.set()
        watcher.join()


def _render_chunk(python: Path, directory: Path, split: str, first: int, count: int) -> None:
    if all((directory / f"{name}.json").exists() for name in _names(split, range(first, first + count))):
        return
    command = [python, RENDERER, directory, "--split", split, "--first", str(first), "--count", str(count), "--threads", "1"]
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise SystemExit(f"rendering {split} scenes {first} to {first + count - 1} failed:\n{result.stdout[-3000:]}")


def _watch(directory: Path, scenes: dict[str, int], total: int, over: threading.Event) -> None:
    bar = Bar("render", total)
    while not over.wait(5):
        bar.show(sum(len(list((directory / split).glob("*.json"))) for split in scenes))
    bar.done()


def _names(split: str, numbers: range) -> list[str]:
    """The pictures of scenes: of every second one, and of every close-up, there are two."""
    return list(itertools.chain.from_iterable([f"{n:05d}a", f"{n:05d}b"] if n % 2 == 0 or split == "close" else [f"{n:05d}a"] for n in numbers))


def pictures(directory: Path, split: str, scenes: int) -> list[tuple[Path, dict]]:
    """The pictures of the first so many scenes of a split, with their labels."""
    folder = directory / split
    return [(folder / f"{name}.jpg", json.loads((folder / f"{name}.json").read_text())) for name in _names(split, range(scenes))]
