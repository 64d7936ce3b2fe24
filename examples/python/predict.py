"""Sends pictures to Lupa and prints what they show. Needs nothing but Python.

LUPA_URL=http://localhost:5000 LUPA_API_KEY=lupa_… python3 predict.py photo.jpg …
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

URL = os.environ.get("LUPA_URL", "http://localhost:5000")
KEY = os.environ.get("LUPA_API_KEY")
TRIES = 5


def ask(path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> dict:
    """The answer as JSON. Comes back when Lupa says so, or when it does not answer."""
    headers = {**({"Authorization": f"Bearer {KEY}"} if KEY else {}), **(headers or {})}
    for attempt in range(1, TRIES + 1):
        try:
            request = urllib.request.Request(URL + path, data=body, headers=headers)
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if error.code not in (429, 503) or attempt == TRIES:
                raise SystemExit(f"{problem['title']}: {problem['detail']}") from None
            time.sleep(float(error.headers.get("Retry-After", attempt)))
        except urllib.error.URLError as error:
            if attempt == TRIES:
                raise SystemExit(f"No gateway answers at {URL}: {error.reason}") from None
            time.sleep(attempt)
    raise AssertionError("unreachable")


def predict(picture: Path) -> dict:
    """The job of the picture, once it has ended. The key lets it be sent again without making a second job."""
    headers = {
        "Content-Type": "application/octet-stream",
        "Idempotency-Key": str(uuid.uuid4()),
        "Prefer": "wait=20",
    }
    job = ask("/v1/jobs", picture.read_bytes(), headers)
    while not job["done"]:
        job = ask(f"/v1/jobs/{job['id']}?wait=20")
    return job


for name in sys.argv[1:]:
    job = predict(Path(name))
    if job["error"]:
        print(f"{name}: {job['error']['title']}")
    for item in job["predictions"] or []:
        print(f"{name}: {item['name']} {item['confidence']:.3f}")
