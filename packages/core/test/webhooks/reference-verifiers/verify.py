"""Says of each webhook on the lines of stdin whether the reference library takes it."""

import json
import sys

from standardwebhooks import Webhook

for line in sys.stdin:
    case = json.loads(line)
    try:
        Webhook(case["secret"]).verify(case["body"], case["headers"])
        print("true")
    except Exception:
        print("false")
