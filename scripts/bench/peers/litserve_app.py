"""LitServe, one worker for each core: `python litserve_app.py`."""

import os

import litserve
from prediction import Predictor


class Api(litserve.LitAPI):
    def setup(self, device):
        self.predictor = Predictor()

    def decode_request(self, request):
        return request["image"].file.read()

    def predict(self, data):
        return self.predictor(data)

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=int(os.environ["CORES"]))
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error", generate_client_file=False)
