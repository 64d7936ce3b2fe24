"""FastAPI in front, Celery behind Redis, one worker process for each core: `python celery_app.py`.

The one that queues, as Lupa does; the request waits for its result.
"""

import asyncio
import os
import subprocess
import sys

import uvicorn
from celery import Celery
from celery.signals import worker_process_init
from fastapi import FastAPI, HTTPException, UploadFile
from prediction import Predictor

celery = Celery("celery_app", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
celery.conf.update(
    task_serializer="pickle",
    accept_content=["pickle", "json"],
    result_expires=600,
    worker_prefetch_multiplier=1,
    worker_concurrency=int(os.environ["CORES"]),
)
app = FastAPI()
POLLED_EVERY_S = 0.005


@worker_process_init.connect
def load_model(**_):
    global predictor
    predictor = Predictor()


@celery.task(name="predict")
def predict(data: bytes) -> dict:
    return predictor(data)


@app.get("/health")
async def health():
    if not await asyncio.to_thread(celery.control.ping, timeout=1):
        raise HTTPException(503, "no worker answers yet")


@app.post("/predict")
async def predict_route(image: UploadFile) -> dict:
    job = predict.delay(await image.read())
    while not job.ready():
        await asyncio.sleep(POLLED_EVERY_S)
    return job.get()


if __name__ == "__main__":
    worker = [sys.executable, "-m", "celery", "--quiet", "--app", "celery_app:celery", "worker", "--loglevel", "error"]
    subprocess.Popen(worker, env={**os.environ, "C_FORCE_ROOT": "1", "PYTHONWARNINGS": "ignore"})
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
