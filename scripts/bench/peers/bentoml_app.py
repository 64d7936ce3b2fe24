"""BentoML, one worker for each core: `bentoml serve bentoml_app:Service`."""

import os
from pathlib import Path

import bentoml
from prediction import Predictor


@bentoml.service(workers=int(os.environ["CORES"]))
class Service:
    def __init__(self):
        self.predictor = Predictor()

    @bentoml.api(route="/predict")
    def predict(self, image: Path) -> dict:
        return self.predictor(image.read_bytes())
