"""The usual answer: Flask in front of a model that joblib has loaded once.

gunicorn serves it; MODELS names what peers.py has trained.
"""

import os

import joblib
import numpy
from flask import Flask, jsonify, request

saved = joblib.load(os.environ["MODELS"])
models, users = saved["models"], saved["users"]

app = Flask(__name__)


@app.post("/predict")
def predict():
    body = request.get_json()
    row = numpy.array([[body[interval][moment]
                        for interval in ("HT", "PPT", "RRT", "RPT")
                        for moment in ("Mean", "STD")]])
    label = models[body["Model"]].predict(row)[0]
    return jsonify(UserID=users[int(label)], Model=body["Model"])
