"""The same for code that was written for Roboflow's server: pip install inference-sdk. Only api_url is another.

LUPA_URL=http://localhost:5000 LUPA_API_KEY=lupa_… python3 with_inference_sdk.py bottles/1 photo.jpg
"""

import os
import sys

from inference_sdk import InferenceConfiguration, InferenceHTTPClient

url = os.environ.get("LUPA_URL", "http://localhost:5000")
model, picture = sys.argv[1:]

client = InferenceHTTPClient(api_url=f"{url}/roboflow", api_key=os.environ.get("LUPA_API_KEY", "none"))
client.configure(InferenceConfiguration(confidence_threshold=0.3, api_key_transport="header"))
for select in (client.select_api_v0, client.select_api_v1):
    select()
    for prediction in client.infer(picture, model_id=model)["predictions"]:
        print(prediction["class"], round(prediction["confidence"], 3))
