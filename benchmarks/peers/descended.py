"""The design that this project descends from: TensorFlow in the endpoint, behind one lock.

One uvicorn process, Keras loads the weights, the event loop itself decodes (all pixels, Pillow) and
predicts. The kindest of Keras' ways is taken: a compiled `tf.function`, many times as fast for one
film as `model.predict` or calling the model.
"""

import asyncio
import io
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
import uvicorn
from fastapi import FastAPI, UploadFile
from PIL import Image

CLASSES = json.loads(Path(os.environ["PEER_CARD"]).read_text())["classes"]

model = keras.models.load_model(os.environ["PEER_WEIGHTS"], compile=False)
predict_image = tf.function(lambda pixels: model(pixels, training=False))
lock = asyncio.Lock()
app = FastAPI()


@app.post("/predict")
async def predict(file: UploadFile) -> dict[str, object]:
    """Classify one film."""
    content = await file.read()
    async with lock:
        image = Image.open(io.BytesIO(content)).convert("L").resize((224, 224))
        pixels = np.asarray(image, dtype=np.float32)[np.newaxis, ..., np.newaxis] / 127.5 - 1.0
        outputs = predict_image(tf.constant(pixels)).numpy()[0]
    probabilities = dict(zip(CLASSES, map(float, outputs), strict=True))
    return {"label": CLASSES[int(outputs.argmax())], "probabilities": probabilities}


@app.get("/ready")
def ready() -> dict[str, str]:
    """The model is loaded before the port opens."""
    return {"status": "ready"}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PEER_PORT"]), log_level="error")
