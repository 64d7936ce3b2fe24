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

KINDS = {
    "train": ["--split", "train"],
    "close": ["--split", "close"],
    "val": ["--split", "val"],
    "test": ["--split", "test"],
    "large": ["--split", "test", "--scale", "166", "--unpaired"],
}
"""What is rendered into a folder of that name; `large` are held-out scenes again, with the pixels of a small photograph."""

RENDERER = Path(__file__).parent / "renderer" / "render.py"


def render_all(python: Path, directory: Path, scenes: dict[str, int], workers: int) -> None:
    """Render so many scenes of each kind into DIR/<kind>; the kinds advance together."""
    chunks = sorted(
        ((first / count, kind, first, min(CHUNK, count - first)) for kind, count in scenes.items() for first in range(0, count, CHUNK)),
    )
    total = sum(len(_names(kind, range(count))) for kind, count in scenes.items())
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(directory, scenes, total, over))
    watcher.start()
    try:
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(_render_chunk, python, directory / kind, kind, first, count) for _, kind, first, count in chunks]:
                done.result()
    finally:
        over.set()
        watcher.join()


def _render_chunk(python: Path, directory: Path, kind: str, first: int, count: int) -> None:
    if all((directory / f"{name}.json").exists() for name in _names(kind, range(first, first + count))):
        return
    command = [python, RENDERER, directory, *KINDS[kind], "--first", str(first), "--count", str(count), "--threads", "1"]
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise SystemExit(f"rendering {kind} scenes {first} to {first + count - 1} failed:\n{result.stdout[-3000:]}")


def _watch(directory: Path, scenes: dict[str, int], total: int, over: threading.Event) -> None:
    bar = Bar("render", total)
    while not over.wait(5):
        bar.show(sum(len(list((directory / kind).glob("*.json"))) for kind in scenes))
    bar.done()


def _names(kind: str, numbers: range) -> list[str]:
    """The pictures of scenes: of every second one, and of every close-up, there are two."""
    twice = {"close": 1, "large": 0}.get(kind, 2)
    return list(itertools.chain.from_iterable([f"{n:05d}a", f"{n:05d}b"] if twice and n % twice == 0 else [f"{n:05d}a"] for n in numbers))


def pictures(directory: Path, kind: str, scenes: int) -> list[tuple[Path, dict]]:
    """The pictures of the first so many scenes, with their labels."""
    folder = directory / kind
    return [(folder / f"{name}.jpg", json.loads((folder / f"{name}.json").read_text())) for name in _names(kind, range(scenes))]
