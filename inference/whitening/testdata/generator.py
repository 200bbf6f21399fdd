"""Writes keras.json: small pictures and what Keras' ZCA whitening makes of them.

Run once, with tensorflow-cpu (Keras 3.15) and SciPy from PyPI:

    python generator.py > keras.json

The pictures are given to Keras less their mean picture, as it subtracts none by itself.
Its epsilon is so small that it does not matter whether it is added to the variance
(Keras 2, and here) or to the deviation (Keras 3).
"""

import json

import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator

COUNT, SIDE = 120, 6
random = np.random.RandomState(4)
y, x = np.mgrid[0:SIDE, 0:SIDE]
pictures = []
for _ in range(COUNT):
    a, b, c, d = random.uniform(-1, 1, 4)
    smooth = 0.5 + 0.2 * a * np.sin(x / 2 + b) + 0.2 * c * np.cos(y / 2 + d)
    pictures.append(smooth + random.normal(0, 0.05, (SIDE, SIDE)))
pictures = np.round(np.array(pictures), 4).astype("float64")

centred = (pictures - pictures.mean(axis=0))[..., None]
generator = ImageDataGenerator(zca_whitening=True, zca_epsilon=1e-12, dtype="float64", data_format="channels_last")
generator.fit(centred)
want = np.array([generator.standardize(centred[i].copy()) for i in range(5)])

print('{"side": %d,\n"pictures": %s,' % (SIDE, json.dumps(pictures.reshape(COUNT, -1).tolist())))
print('"want": %s}' % json.dumps(np.round(want.reshape(5, -1), 5).tolist()))
