"""What was kept of an answer's film: its picture, and what its heat map is drawn from."""

from api.arrays import Float32Array
from api.errors import NotFound
from api.records.answers import predictions
from api.records.answers.predictions import PredictionRecord
from api.services import Services


def image_png(services: Services, record: PredictionRecord, *, side_px: int) -> bytes:
    """The film in grey, as it is read, its longer side at most `side_px`, as PNG.

    Raises: NotFound if it was not kept; what reading it raises.
    """
    content = services.storage.retained_images.read(record.image_sha256)
    if content is None:
        raise NotFound(
            f"The film of prediction '{record.id}' was not kept, or is not kept any more; the "
            "setting ROENTGEN_KEEP_IMAGES says which are."
        )
    return services.serving.backend.thumbnail(content, services.serving.limits, side_px=side_px)


def activation(services: Services, record: PredictionRecord) -> Float32Array:
    """(rows, columns, classes), see `decision.heatmap`. Raises: NotFound."""
    stored = predictions.activation_of(
        services.records.database, record.id, task=services.task.name
    )
    if stored is None:
        raise NotFound(
            f"No heat map was kept with prediction '{record.id}' (it is from an earlier version "
            "of the program); send the film again."
        )
    return stored
