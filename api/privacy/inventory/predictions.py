"""What is stored of requests for an answer."""

from api.privacy.inventory.stored_data import (
    ERASE,
    FOR_EVER,
    SHARED,
    StoredData,
    days,
    filenames_stored,
)
from api.settings import Settings


def of_predictions(settings: Settings) -> list[StoredData]:
    """All of it, as these settings have it."""
    delete = f"`DELETE /predictions/{{id}}`, {ERASE}"
    answers = days(settings.keep_predictions_days, zero=FOR_EVER)
    return [
        StoredData(
            "answers",
            "Each answer: class, probabilities, decision, reasons, version, time, the film's "
            "SHA-256, the site that was named, who asked. No film.",
            "records",
            answers,
            delete,
            ("predictions",),
            "keep_predictions_days",
        ),
        StoredData(
            "file names",
            "The name of each file that was sent, which may be a patient's.",
            "records: answers, training films",
            filenames_stored(settings),
            delete,
            ("predictions", "samples", "retention_marks"),
            "keep_filenames",
        ),
        StoredData(
            "links to DICOM films",
            "The UIDs of a DICOM film, its study and series, beside its answer: whoever has the "
            "archive finds the patient by them.",
            "records",
            answers if settings.dicom_links else "never stored",
            delete,
            ("predictions",),
            "dicom_links",
        ),
        StoredData(
            "heat maps",
            "49 places and their share in each class, of which a heat map is drawn.",
            "records",
            days(settings.keep_heatmaps_days, zero="as long as the answer"),
            delete,
            ("heatmaps",),
            "keep_heatmaps_days",
        ),
        StoredData(
            "kept films",
            f"Films (of a task of tables: rows) sent for an answer, without metadata: "
            f"`{settings.keep_images}`.",
            SHARED if settings.storage_url else "state folder, `kept`",
            "never stored" if settings.keep_images == "none" else days(settings.keep_images_days),
            delete,
            (),
            "keep_images",
        ),
        StoredData(
            "worklists of the pages",
            "File names, answers and thumbnails of the films that a person read, under an address "
            "that only they can open where people log in; where the server keeps no films, no "
            "thumbnails.",
            "memory of the process that makes the pages; no file",
            "12 hours after they were last looked at",
            "*New list*, *Log out*, or a new start of that process",
        ),
        StoredData(
            "files of site checks",
            "The ZIP or table that a person checks on the page *Site check*, under an address that "
            "only they can open where people log in.",
            "temporary folder of the machine that makes the pages, without a name; not in backups",
            "12 hours after they were last looked at",
            "*Take it away*, *Log out*, or a new start of that process",
        ),
        StoredData(
            "DICOM instances whose results are to be sent",
            "The instance itself, with whose it is, as it came by STOW-RS; only where "
            "`ROENTGEN_DESTINATIONS` are set. Its message in the records names the answer alone.",
            f"{SHARED if settings.storage_url else 'state folder, `outgoing`'}; not in backups",
            "until every destination has the results" if settings.destinations else "never stored",
            delete,
            (),
            "send_hours",
        ),
        StoredData(
            "feedback",
            "What a person said about an answer: class, remark, who, when, whether they had seen "
            "the answer.",
            "records",
            "as long as the answer",
            delete,
            ("feedback",),
            "keep_predictions_days",
        ),
        StoredData(
            "whom answers were shown to",
            "The name of each reader who was shown an answer about a film, the film's SHA-256, and "
            "when: what they say after that is not blinded.",
            "records",
            "as long as the answer",
            delete,
            ("shown_answers",),
            "keep_predictions_days",
        ),
        StoredData(
            "intakes",
            "Answers to guided questions, and what the rules made of them. No name.",
            "records",
            answers,
            f"`DELETE /intake/{{topic}}/{{id}}`, {ERASE} (`--before`)",
            ("intakes",),
            "keep_predictions_days",
        ),
        StoredData(
            "counts",
            "How many answers of each class a slice of time had, and how long they took.",
            "records",
            "33 days; the total for ever",
            "nothing: they say nothing of anybody",
            (
                "prediction_totals",
                "prediction_counts",
                "latency_counts",
                "uncounted_predictions",
            ),
        ),
        StoredData(
            "streams of answers",
            "Whether the newest answers of a site differ from those of known hospitals; where no "
            "site was named, those of each key or person, by name.",
            "records",
            "the 500 that answered last",
            "nothing: they say nothing of patients",
            ("streams",),
        ),
    ]
