"""Which status and title each error has on the wire."""

from api import errors
from api.errors import AppError

STATUSES: dict[type[AppError], int] = {
    errors.InvalidTask: 500,
    errors.InvalidTopic: 500,
    errors.InvalidAlertRules: 500,
    errors.UnsupportedFormat: 415,
    errors.UnreadableImage: 422,
    errors.DecoderFailed: 422,
    errors.TooLarge: 413,
    errors.InvalidUpload: 422,
    errors.InvalidRequest: 422,
    errors.InvalidRow: 422,
    errors.NotFound: 404,
    errors.NotEnoughSamples: 422,
    errors.JobAlreadyRunning: 409,
    errors.Conflict: 409,
    errors.InvalidCheckpoint: 409,
    errors.ModelNotReady: 503,
    errors.Overloaded: 429,
    errors.TooManyAttempts: 429,
    errors.NotAuthenticated: 401,
    errors.ProviderDown: 503,
    errors.Forbidden: 403,
    errors.StorageFailed: 507,
    errors.StoreBusy: 503,
    errors.ForeignOrigin: 403,
    errors.InvalidDataset: 422,
    errors.MissingPackage: 422,
    errors.MissingWeights: 422,
    errors.DeliveryFailed: 502,
    errors.NothingToDeliver: 502,
}


TITLES: dict[type[Exception], str] = {
    errors.UnsupportedFormat: "Unsupported format",
    errors.UnreadableImage: "Unreadable image",
    errors.DecoderFailed: "The decoder failed",
    errors.TooLarge: "Too large",
    errors.InvalidUpload: "Invalid upload",
    errors.InvalidRow: "Invalid request",
    errors.NotEnoughSamples: "Not enough samples",
    errors.JobAlreadyRunning: "A retraining is already running",
    errors.InvalidCheckpoint: "The checkpoint cannot serve",
    errors.ModelNotReady: "The model is not ready",
    errors.Overloaded: "Overloaded",
    errors.TooManyAttempts: "Too many attempts",
    errors.NotAuthenticated: "Not authenticated",
    errors.ProviderDown: "The identity provider cannot be asked",
    errors.Forbidden: "Not allowed",
    errors.StorageFailed: "Storage failed",
    errors.StoreBusy: "The records are busy",
    errors.ForeignOrigin: "Foreign origin",
}
