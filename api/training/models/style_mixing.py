"""Mixing the styles of films inside the network while it learns, so that a look tells no class."""

import keras

from api.training.models.mobilenet import latent

# Layers before which styles are mixed: after the third and the sixth block, where the activations
# still hold tone, contrast and sharpness (28 x 28 and 14 x 14 places for a film of 224 pixels).
STYLE_LAYERS = ("block_4_expand", "block_7_expand")
# Both parameters of the Beta that shares are drawn from (the paper has 0.1): mostly near 0 or 1.
CONCENTRATION = 0.2
# Keeps the division by a channel's standard deviation finite.
EPSILON = 1e-6


def with_mixed_styles(model: keras.Model, probability: float, *, seed: int) -> keras.Model:
    """The same network, sharing its weights, that mixes styles while it learns.

    Args:
        model: with some of `STYLE_LAYERS`; where it has none (a tail of later layers), it is
            returned as it is.
        probability: of a batch to be mixed, at each of the layers.
        seed: what is drawn hangs on it alone.

    Returns: of the model's inputs and outputs; in prediction it answers as the model does.
    """
    names = [layer.name for layer in model.layers]
    ends = [latent(model, name) for name in STYLE_LAYERS if name in names]
    if not ends:
        return model
    inputs = keras.Input(model.input_shape[1:], name="image")
    flow, start = inputs, model.inputs[0]
    for place, end in enumerate(ends):
        flow = keras.Model(start, end, name=f"part_{place}")(flow)
        flow = MixedStyles(probability, seed=seed + place, name=f"mixed_styles_{place}")(flow)
        start = end
    return keras.Model(inputs, keras.Model(start, model.output, name="part_last")(flow))


class MixedStyles(keras.layers.Layer):  # type: ignore[misc]
    """Each film of a batch takes some of the style of another one (MixStyle; Zhou et al. 2021).

    A film's style is the mean and the standard deviation of each channel over the picture; what
    it shows is the rest. Only in training; no gradient goes through the styles.
    """

    def __init__(self, probability: float, *, seed: int, name: str) -> None:
        super().__init__(name=name)
        self._probability = probability
        self._draws = keras.random.SeedGenerator(seed)

    def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """(n, h, w, c) -> (n, h, w, c)."""
        if not training:
            return inputs
        ops, count = keras.ops, keras.ops.shape(inputs)[0]
        other = keras.random.shuffle(ops.arange(count), seed=self._draws)
        share = keras.random.beta((count, 1, 1, 1), CONCENTRATION, CONCENTRATION, seed=self._draws)
        drawn = keras.random.uniform((), seed=self._draws)
        return ops.where(drawn < self._probability, restyled(inputs, other, share), inputs)


def restyled(
    images: keras.KerasTensor, other: keras.KerasTensor, share: keras.KerasTensor
) -> keras.KerasTensor:
    """Activations (n, h, w, c) with a style between their own and another film's.

    Args:
        other: (n,) the number of the film whose style is mixed in.
        share: (n, 1, 1, 1) how much of its own style a film keeps; 1 leaves it as it is.
    """
    ops = keras.ops
    mean, variance = ops.moments(images, axes=(1, 2), keepdims=True)
    mean = ops.stop_gradient(mean)
    spread = ops.stop_gradient(ops.sqrt(variance + EPSILON))
    means = share * mean + (1 - share) * ops.take(mean, other, axis=0)
    spreads = share * spread + (1 - share) * ops.take(spread, other, axis=0)
    return (images - mean) / spread * spreads + means
