"""What is stored of training images and retrainings."""

from api.privacy.inventory.stored_data import ERASE, FOR_EVER, SHARED, StoredData, logs_stored
from api.settings import Settings


def of_training(settings: Settings) -> list[StoredData]:
    """All of it, as these settings have it."""
    delete = f"`DELETE /samples/{{sha256}}`, {ERASE}"
    return [
        StoredData(
            "training films",
            "Films that were uploaded with a class, without metadata; patient and site as the "
            "sender named them; who added them.",
            f"{SHARED}, records" if settings.storage_url else "training folder, records",
            "until somebody deletes them; a day longer where it is deleted to be restorable",
            delete,
            ("samples", "sample_sums", "sample_sums_state"),
        ),
        StoredData(
            "history of training films",
            "What was done to a film, by whom, with the reason. Of a deleted film its SHA-256 and "
            "256 bits of its picture, so that it is not taken in again.",
            "records",
            FOR_EVER,
            f"{ERASE} removes the reasons",
            ("sample_changes",),
        ),
        *_copies(settings, delete),
        StoredData(
            "cached activations",
            "What the network's frozen part makes of a training film.",
            "state folder, `latents`" + (f", {SHARED}" if settings.storage_url else ""),
            "as long as the film",
            delete,
        ),
        StoredData(
            "checkpoints",
            "Weights, card, hashes of the films; activations of some hundred films in the replay "
            "memory.",
            "models folder",
            f"the newest {settings.keep_versions}, and what the champion descends from",
            f"removing the version's folder; {ERASE} says which learned from a film",
            (),
            "keep_versions",
        ),
        StoredData(
            "files that were not taken",
            "Files in the training folder that could not become training films, under their own "
            "names and later under their hashes.",
            "training folder, `.not-taken`",
            "until somebody removes them",
            "removing them",
            (),
            "keep_filenames",
        ),
        StoredData(
            "retrainings",
            "When, with how many films, how it went, what the gate said.",
            "records",
            FOR_EVER,
            "nothing: they say nothing of patients",
            ("jobs",),
        ),
        StoredData(
            "films that a retraining changed the answer to",
            "The first 200 held-out films that a version answers otherwise than the one before: "
            "SHA-256, site, label, both answers. Deleted films are shown to nobody.",
            "models folder, `changes.json` of the version",
            "as long as the version",
            "removing the version's folder",
            (),
            "keep_versions",
        ),
        StoredData(
            "what a version was judged with for a site",
            "The profile, with SHA-256 and label of each film that it was made from, and the "
            "verdict. No film.",
            "models folder, `site_candidate.json` of the version",
            "as long as the version",
            "removing the version's folder",
            (),
            "keep_versions",
        ),
        StoredData(
            "logs of retrainings, copies of former records",
            "What a trainer printed; `.bak` files from before an upgrade.",
            "state folder",
            logs_stored(settings),
            "removing them",
            (),
            "keep_filenames",
        ),
    ]


def _copies(settings: Settings, delete: str) -> list[StoredData]:
    """Only where training films are not on this machine already."""
    if not settings.storage_url:
        return []
    copies = StoredData(
        "copies of training films",
        "Training films that this machine has fetched from the shared store.",
        "state folder, `cache`",
        "as long as the film, and a minute where another machine deletes it",
        delete,
    )
    return [copies]
