"""Everything that can go wrong by name; knows nothing of HTTP."""

from collections.abc import Mapping


class AppError(Exception):
    """An expected failure. The message names the thing and the remedy, and is shown to people."""

    def __init__(self, message: str, *, errors: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors


class InvalidTask(AppError):
    """A task file does not say what a task needs."""


class InvalidTopic(AppError):
    """A file of intake questions does not say what it needs to."""


class InvalidAlertRules(AppError):
    """A file of alert rules does not say what a rule needs."""


class UnsupportedFormat(AppError):
    """The bytes are not of an accepted image format."""


class UnreadableImage(AppError):
    """The bytes claim to be an image, but do not decode to one still picture."""


class DecoderFailed(AppError):
    """The process that read a file crashed, or took too long; the file is not tried again."""

    @classmethod
    def on_this_file(cls) -> "DecoderFailed":
        """The decoder itself gave up, in a way that no other error describes."""
        return cls(
            "The decoder of this format failed on this file; export the image again, in another "
            "format if that does not help."
        )


class TooLarge(AppError):
    """A file, a picture or a request is over a limit."""


class InvalidUpload(AppError):
    """The upload as a whole makes no sense (no files, unknown label, broken archive)."""


class InvalidRequest(AppError):
    """A parameter is out of range, or two contradict each other."""


class InvalidRow(AppError):
    """A row of numbers lacks one, has one too many, or one that cannot be one."""

    @classmethod
    def of(cls, problems: Mapping[str, str]) -> "InvalidRow":
        """From a sentence for each wrong field."""
        named = "; ".join(f"'{name}': {message}" for name, message in problems.items())
        return cls(
            f"The row does not fit: {named}.",
            errors=tuple({"field": n, "message": m} for n, m in problems.items()),
        )


class NotFound(AppError):
    """No such prediction, job, checkpoint, sample or intake."""


class NotEnoughSamples(AppError):
    """Too few labelled images to retrain on."""


class JobAlreadyRunning(AppError):
    """One retraining at a time; `task` is whose it is."""

    def __init__(self, message: str, *, job_id: str, task: str) -> None:
        super().__init__(message)
        self.job_id, self.task = job_id, task


class Conflict(AppError):
    """The thing is in a state in which this cannot be done."""


class InvalidCheckpoint(AppError):
    """Weights, card and golden outputs do not agree, or a file cannot be read."""


class ModelNotReady(AppError):
    """No checkpoint serves yet; try again shortly."""


class Overloaded(AppError):
    """More work waits than can be done in time; `retry_after_s` seconds later it may be less."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooManyAttempts(Overloaded):
    """Too many attempts to log in, for an account or from an address."""


class NotAuthenticated(AppError):
    """Nobody knows who asks: no session or key, or one that is not good any more."""


class ProviderDown(AppError):
    """An identity provider cannot be asked."""


class Forbidden(AppError):
    """Whoever asks may not do this."""


class StorageFailed(AppError):
    """The disk is full, read-only or refuses to write."""


class BlobDamaged(StorageFailed):
    """A blob's content is not the one that its hash says."""

    @classmethod
    def of(cls, key: str) -> "BlobDamaged":
        """Its last part says enough."""
        name = key.rpartition("/")[2]
        return cls(f"'{name}' is damaged: its SHA-256 is another one. Restore it from a backup.")


class WrongKey(StorageFailed):
    """A key that all nodes have to share is missing here, or is another one."""


class StorageUnavailable(AppError):
    """The object store cannot be reached, or answers with errors of its own; try again."""


class BlobNotFound(AppError):
    """The store has no blob of this key."""

    @classmethod
    def of(cls, key: str) -> "BlobNotFound":
        """Its last part says enough."""
        return cls(f"There is no '{key.rpartition('/')[2]}' in the store.")


class BlobChanged(AppError):
    """Somebody else wrote a blob since it was read."""

    @classmethod
    def of(cls, key: str) -> "BlobChanged":
        """Its last part says enough."""
        return cls(f"'{key.rpartition('/')[2]}' was changed by somebody else; try again.")


class StoreBusy(AppError):
    """The database is locked or unreachable; try again."""


class OutcomeUnknown(StoreBusy):
    """The connection broke while a change was being committed: it may be stored, or not."""


class ForeignOrigin(AppError):
    """A web page of another origin tried to change something."""


class InvalidDataset(AppError):
    """A folder of training images is empty, or a class is missing."""


class MissingPackage(AppError):
    """A package that only this needs is not installed."""


class ClusterFailed(AppError):
    """A cluster cannot be reached, or one of its nodes cannot do its work."""


class MissingWeights(AppError):
    """The backbone's pre-trained weights are neither given nor downloadable."""


class DeliveryFailed(AppError):
    """A message to another system did not arrive."""


class NothingToDeliver(DeliveryFailed):
    """What a message is about is not there any more; it is not tried again."""
