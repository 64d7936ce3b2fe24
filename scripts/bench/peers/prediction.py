"""What every peer does with a picture: OpenCV in front, ONNX Runtime of one thread, suppression behind.

MODEL names the ONNX file; a model of one output of two dimensions is taken for a classifier.
"""

import os

import cv2
import numpy
import onnxruntime

cv2.setNumThreads(1)


class Predictor:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self.session = onnxruntime.InferenceSession(
            os.environ["MODEL"], options, providers=["CPUExecutionProvider"]
        )
        self.input = self.session.get_inputs()[0]
        self.height, self.width = self.input.shape[2:]
        self.classifies = len(self.session.get_outputs()[0].shape) == 2

    def __call__(self, data: bytes) -> dict:
        image = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError("no picture")
        return self.classify(image) if self.classifies else self.detect(image)

    def run(self, image):
        blob = cv2.dnn.blobFromImage(image, 1 / 255, swapRB=True)
        return self.session.run(None, {self.input.name: blob})[0]

    def classify(self, image) -> dict:
        scale = max(self.width / image.shape[1], self.height / image.shape[0])
        size = (max(self.width, round(image.shape[1] * scale)), max(self.height, round(image.shape[0] * scale)))
        resized = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        top = (size[1] - self.height) // 2
        left = (size[0] - self.width) // 2
        scores = self.run(resized[top : top + self.height, left : left + self.width])[0]
        best = int(scores.argmax())
        return {"prediction": best, "confidence": float(scores[best])}

    def detect(self, image, confidence=0.25, overlap=0.7) -> dict:
        scale = min(self.width / image.shape[1], self.height / image.shape[0])
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        canvas = numpy.full((self.height, self.width, 3), 114, numpy.uint8)
        top = (self.height - size[1]) // 2
        left = (self.width - size[0]) // 2
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size)
        rows = self.run(canvas)[0].T
        classes = rows[:, 4:].argmax(1)
        scores = rows[numpy.arange(len(rows)), 4 + classes]
        sure = scores > confidence
        boxes, scores, classes = rows[sure, :4], scores[sure], classes[sure]
        corners = numpy.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, 2:]], 1)
        kept = cv2.dnn.NMSBoxesBatched(corners, scores, classes, confidence, overlap)
        return {
            "predictions": [
                {
                    "class": int(classes[at]),
                    "confidence": float(scores[at]),
                    "box": ((corners[at] - [left, top, 0, 0]) / scale).tolist(),
                }
                for at in kept
            ]
        }
