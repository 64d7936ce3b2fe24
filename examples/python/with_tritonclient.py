"""The same by the Open Inference Protocol, for those who have tritonclient: pip install 'tritonclient[http]'.

LUPA_URL=http://localhost:5000 LUPA_API_KEY=lupa_… python3 with_tritonclient.py bottles photo.jpg
"""

import os
import sys
from urllib.parse import urlsplit

import numpy as np
import tritonclient.http as http

url = urlsplit(os.environ.get("LUPA_URL", "http://localhost:5000"))
key = os.environ.get("LUPA_API_KEY")
headers = {"Authorization": f"Bearer {key}"} if key else {}
model, picture = sys.argv[1:]

client = http.InferenceServerClient(url.netloc)
assert client.is_server_ready() and client.is_model_ready(model, headers=headers)
print([output["name"] for output in client.get_model_metadata(model, headers=headers)["outputs"]])

image = http.InferInput("image", [1], "BYTES")
with open(picture, "rb") as file:
    image.set_data_from_numpy(np.array([file.read()], dtype=np.object_))
result = client.infer(model, [image], headers=headers, parameters={"conf": 0.3})
for label, score in zip(result.as_numpy("labels"), result.as_numpy("scores")):
    print(label.decode(), round(float(score), 3))
