"""Writes keras.json: what Keras' ImageDataGenerator makes of a small picture.

Run once, with tensorflow-cpu (Keras 3.15), SciPy 1.17 and Pillow from PyPI:

    python generator.py > keras.json

The picture is square: of others Keras mixes up the centre's coordinates, and turns about another point.
Wrap goes to SciPy as "grid-wrap", which is what Keras' documentation draws.
"""

import json

import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator

HEIGHT, WIDTH = 13, 13
random = np.random.RandomState(9)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
image = 110 + 60 * np.sin(x / 2.5) + 50 * np.cos(y / 1.7) + random.uniform(-30, 30, (HEIGHT, WIDTH))
image = np.clip(np.round(image), 0, 255).astype(np.uint8)

CASES = [
    ("rotation", dict(theta=23.5)),
    ("rotation back", dict(theta=-100)),
    ("shift", dict(tx=2.25, ty=-3.5)),
    ("shear", dict(shear=17)),
    ("shear back", dict(shear=-31)),
    ("zoom", dict(zx=1.2, zy=0.8)),
    ("all", dict(theta=-37, tx=-1.3, ty=2.1, shear=12, zx=0.9, zy=1.15)),
    ("flip horizontal", dict(flip_horizontal=True)),
    ("flip vertical", dict(flip_vertical=True)),
    ("all flipped", dict(theta=50, tx=1, ty=0.4, shear=-8, zx=1.1, zy=0.85, flip_horizontal=True, flip_vertical=True)),
    ("all mirrored", dict(theta=20, shear=9, zx=1.05, zy=0.95, flip_horizontal=True)),
    ("brighter", dict(brightness=1.25)),
    ("darker", dict(brightness=0.6)),
]

cases = []
for name, parameters in CASES:
    fills = ["nearest", "constant", "reflect", "wrap"]
    if not {"theta", "tx", "shear", "zx"} & set(parameters):
        fills = ["nearest"]
    for fill in fills:
        generator = ImageDataGenerator(
            fill_mode="grid-wrap" if fill == "wrap" else fill, cval=77, data_format="channels_last", interpolation_order=1
        )
        out = generator.apply_transform(image[:, :, None].astype("float64"), parameters)
        values = [round(float(v), 3) for v in np.asarray(out).reshape(-1)]
        cases.append(dict(name=name, fill=fill, parameters={k: float(v) for k, v in parameters.items()}, want=values))

print('{"height": %d, "width": %d, "image": %s, "cases": [' % (HEIGHT, WIDTH, json.dumps(image.reshape(-1).tolist())))
print(",\n".join(json.dumps(c) for c in cases))
print("]}")
