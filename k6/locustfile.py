"""The original plan's load test, for those who use Locust: 1,000 users, a hundred more each second.

    pip install locust
    locust -f k6/locustfile.py --host http://127.0.0.1:5000 --users 1000 --spawn-rate 100 --run-time 2m --headless

API_KEY, or API_USERNAME and API_PASSWORD, are sent when they are set; PICTURE is what is sent, and
PICTURES=repeated sends it unchanged, so that the cache answers.
"""

import os
import pathlib
import uuid

from locust import FastHttpUser, task

SAMPLE = pathlib.Path(__file__).parent / "../models/bottle-status/samples/aberta-1.jpg"
PICTURE = pathlib.Path(os.environ.get("PICTURE", SAMPLE)).read_bytes()
REPEATED = os.environ.get("PICTURES") == "repeated"


class Client(FastHttpUser):
    network_timeout = 70.0
    connection_timeout = 30.0

    def on_start(self):
        self.headers = {"X-API-Key": os.environ["API_KEY"]} if "API_KEY" in os.environ else {}
        self.auth = None
        if "API_USERNAME" in os.environ:
            self.auth = (os.environ["API_USERNAME"], os.environ["API_PASSWORD"])

    @task
    def predict(self):
        # Behind the end of a JPEG, where decoders do not look: nobody sent this picture before.
        picture = PICTURE if REPEATED else PICTURE + uuid.uuid4().bytes
        files = {"image": ("picture.jpg", picture, "image/jpeg")}
        with self.client.post(
            "/predict", files=files, headers=self.headers, auth=self.auth, catch_response=True
        ) as response:
            refused = response.status_code in (429, 503) and "retry-after" in response.headers
            if response.status_code in (200, 202) or refused:
                response.success()
            else:
                response.failure(f"neither a prediction, nor a promise, nor an honest refusal: {response.status_code}")
