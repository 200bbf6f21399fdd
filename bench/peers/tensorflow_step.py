"""A training step of the custom network in Keras on TensorFlow, as a tf.function without XLA, which is its fastest mode here."""

import os

import row

options = row.arguments()
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import keras  # noqa: E402  (after its environment is set)
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(1)


def network():
    def norm():
        return layers.BatchNormalization(epsilon=1e-3, momentum=0.9)

    return keras.Sequential([
        keras.Input((options.input, options.input, 1)),
        layers.Conv2D(32, 3, padding="same"), layers.ReLU(), layers.MaxPooling2D(2),
        layers.Conv2D(16, 3, padding="same"), norm(), layers.ReLU(), layers.MaxPooling2D(2),
        layers.Conv2D(8, 1), norm(), layers.ReLU(),
        layers.Conv2D(8, 3, padding="same"), norm(), layers.ReLU(), layers.MaxPooling2D(2),
        layers.Conv2D(1, 3, padding="same"), layers.GlobalAveragePooling2D(),
    ])


net = network()
images = tf.random.uniform((options.batch, options.input, options.input, 1))
labels = tf.reshape(tf.cast(tf.range(options.batch) % 2, tf.float32), (options.batch, 1))
adam = keras.optimizers.Adam(1e-3)
adam.build(net.trainable_variables)
loss_of = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function(jit_compile=False)
def train():
    with tf.GradientTape() as tape:
        loss = loss_of(labels, net(images, training=True))
    adam.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


row.measure(lambda: train().numpy(), options, "tensorflow", net.count_params(), "chosen by oneDNN and Eigen",
            f"TensorFlow {tf.__version__}, Keras {keras.__version__}")
