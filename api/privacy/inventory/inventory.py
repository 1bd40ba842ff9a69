"""What an installation keeps, where, for how long, and how it goes before its time: one list for
the route, the page and the documents."""

from api.privacy.inventory.operation import of_operation
from api.privacy.inventory.predictions import of_predictions
from api.privacy.inventory.stored_data import StoredData
from api.privacy.inventory.training import of_training
from api.settings import Settings

NEVER_KEPT = (
    "The films that are sent for an answer, unless the server is set to keep them "
    "(`ROENTGEN_KEEP_IMAGES`): only their SHA-256.",
    "What is written in a film's file beside the picture (EXIF, XMP, IPTC, comments, previews, "
    "profiles, text chunks, what is appended), of training films and kept films: it is left out "
    "before they are stored.",
    "The films of a site check, by the server; its report is kept for a day, with their SHA-256 "
    "and who asked.",
    "Passwords and keys in a form that can be read back.",
    "Anything at another company: nothing is sent anywhere but to the addresses that you set "
    "(messages, webhooks, Sentry), and no film or file name is; results of DICOM instances go to "
    "your own destinations (`ROENTGEN_DESTINATIONS`), with the patient that they are of.",
)


def what_is_kept(settings: Settings) -> list[StoredData]:
    """All of it, as these settings have it."""
    return [*of_predictions(settings), *of_training(settings), *of_operation(settings)]
