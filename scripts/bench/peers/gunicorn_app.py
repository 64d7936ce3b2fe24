"""Flask behind gunicorn, one process for each core: `gunicorn --workers N gunicorn_app:app`."""

from flask import Flask, request
from prediction import Predictor

app = Flask(__name__)
predict = Predictor()


@app.get("/health")
def health():
    return "ok"


@app.post("/predict")
def predict_route():
    return predict(request.files["image"].read())
