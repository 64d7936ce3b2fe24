"""What a team begins with: Flask's own server around Ultralytics: `python flask_app.py`."""

import logging
import os

import cv2
import numpy
import onnx
from flask import Flask, request
from ultralytics import YOLO

classifies = len(onnx.load(os.environ["MODEL"]).graph.output[0].type.tensor_type.shape.dim) == 2
model = YOLO(os.environ["MODEL"], task="classify" if classifies else "detect")
app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.ERROR)


@app.get("/health")
def health():
    return "ok"


@app.post("/predict")
def predict_route():
    data = numpy.frombuffer(request.files["image"].read(), numpy.uint8)
    result = model(cv2.imdecode(data, cv2.IMREAD_COLOR), verbose=False)[0]
    return {"predictions": result.summary()}


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
