"""What an installation keeps, where, for how long, and how it goes before its time: one list for
the route, the page and the documents."""

from dataclasses import dataclass

from api.settings import PREFIX, Settings

SHARED = "the shared store (`ROENTGEN_STORAGE_URL`)"
FOR_EVER = "as long as the installation"
ERASE = "`python -m api erase`"


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept.

    Attributes:
        what: what it holds, for people.
        tables: the database's tables that it lies in; none: files.
        setting: the name of the setting that says for how long; None: none does.
    """

    name: str
    what: str
    where: str
    how_long: str
    erased_by: str
    tables: tuple[str, ...] = ()
    setting: str | None = None


NEVER_KEPT = (
    "The films that are sent for an answer, unless `ROENTGEN_KEEP_IMAGES` says so: only their "
    "SHA-256.",
    "What is written in a film's file beside the picture (EXIF, XMP, IPTC, comments, previews, "
    "profiles, text chunks, what is appended), of training films and kept films: it is left out "
    "before they are stored.",
    "The films of a site check; its report is kept for a day, with their SHA-256.",
    "Passwords and keys in a form that can be read back.",
    "Anything at another company: nothing is sent anywhere but to the addresses that you set "
    "(messages, webhooks, Sentry), and no film or file name is; results of DICOM instances go to "
    "your own `ROENTGEN_DESTINATIONS`, with the patient that they are of.",
)


def what_is_kept(settings: Settings) -> list[Kept]:
    """All of it, as these settings have it."""
    return [*_of_predictions(settings), *_of_training(settings), *_of_operation(settings)]


def _of_predictions(settings: Settings) -> list[Kept]:
    delete = f"`DELETE /predictions/{{id}}`, {ERASE}"
    answers = _days(settings.keep_predictions_days, zero=FOR_EVER)
    return [
        Kept(
            "answers",
            "Each answer: class, probabilities, decision, reasons, version, time, the film's "
            "SHA-256, the site that was named, who asked. No film.",
            "records",
            answers,
            delete,
            ("predictions",),
            "keep_predictions_days",
        ),
        Kept(
            "file names",
            "The name of each file that was sent, which may be a patient's.",
            "records: answers, training films",
            _names(settings),
            delete,
            ("predictions", "samples", "retention_marks"),
            "keep_filenames",
        ),
        Kept(
            "links to DICOM films",
            "The UIDs of a DICOM film, its study and series, beside its answer: whoever has the "
            "archive finds the patient by them.",
            "records",
            answers if settings.dicom_links else "never stored",
            delete,
            ("predictions",),
            "dicom_links",
        ),
        Kept(
            "heat maps",
            "49 places and their share in each class, of which a heat map is drawn.",
            "records",
            _days(settings.keep_heatmaps_days, zero="as long as the answer"),
            delete,
            ("heatmaps",),
            "keep_heatmaps_days",
        ),
        Kept(
            "kept films",
            f"Films sent for an answer, without metadata: `{settings.keep_images}`.",
            SHARED if settings.storage_url else "state folder, `kept`",
            "never stored" if settings.keep_images == "none" else _days(settings.keep_images_days),
            delete,
            (),
            "keep_images",
        ),
        Kept(
            "DICOM instances whose results are to be sent",
            "The instance itself, with whose it is, as it came by STOW-RS; only where "
            "`ROENTGEN_DESTINATIONS` are set. Its message in the records names the answer alone.",
            "state folder, `outgoing`; not in backups",
            "until every destination has the results" if settings.destinations else "never stored",
            delete,
            (),
            "send_hours",
        ),
        Kept(
            "feedback",
            "What a person said about an answer: class, remark, who, when, whether they had seen "
            "the answer.",
            "records",
            "as long as the answer",
            delete,
            ("feedback",),
            "keep_predictions_days",
        ),
        Kept(
            "intakes",
            "Answers to guided questions, and what the rules made of them. No name.",
            "records",
            answers,
            f"`DELETE /intake/{{topic}}/{{id}}`, {ERASE} (`--before`)",
            ("intakes",),
            "keep_predictions_days",
        ),
        Kept(
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
                "streams",
            ),
        ),
    ]


def _of_training(settings: Settings) -> list[Kept]:
    delete = f"`DELETE /samples/{{sha256}}`, {ERASE}"
    return [
        Kept(
            "training films",
            "Films that were uploaded with a class, without metadata; patient and site as the "
            "sender named them; who added them.",
            f"{SHARED}, records" if settings.storage_url else "training folder, records",
            "until somebody deletes them; a day longer where it is deleted to be restorable",
            delete,
            ("samples", "sample_sums", "sample_sums_state"),
        ),
        Kept(
            "history of training films",
            "What was done to a film, by whom, with the reason. Of a deleted film its SHA-256 and "
            "256 bits of its picture, so that it is not taken in again.",
            "records",
            FOR_EVER,
            f"{ERASE} removes the reasons",
            ("sample_changes",),
        ),
        *_copies(settings, delete),
        Kept(
            "cached activations",
            "What the network's frozen part makes of a training film.",
            "state folder, `latents`",
            "as long as the film",
            delete,
        ),
        Kept(
            "checkpoints",
            "Weights, card, hashes of the films; activations of some hundred films in the replay "
            "memory.",
            "models folder",
            f"the newest {settings.keep_versions}, and what the champion descends from",
            f"removing the version's folder; {ERASE} says which learned from a film",
            (),
            "keep_versions",
        ),
        Kept(
            "files that were not taken",
            "Files in the training folder that could not become training films, under their own "
            "names and later under their hashes.",
            "training folder, `.not-taken`",
            "until somebody removes them",
            "removing them",
            (),
            "keep_filenames",
        ),
        Kept(
            "retrainings",
            "When, with how many films, how it went, what the gate said.",
            "records",
            FOR_EVER,
            "nothing: they say nothing of patients",
            ("jobs",),
        ),
        Kept(
            "logs of retrainings, copies of former records",
            "What a trainer printed; `.bak` files from before an upgrade.",
            "state folder",
            _files(settings),
            "removing them",
            (),
            "keep_filenames",
        ),
    ]


def _copies(settings: Settings, delete: str) -> list[Kept]:
    """Only where training films are not on this machine already."""
    if not settings.storage_url:
        return []
    copies = Kept(
        "copies of training films",
        "Training films that this machine has fetched from the shared store.",
        "state folder, `cache`",
        "as long as the film, and a minute where another machine deletes it",
        delete,
    )
    return [copies]


def _of_operation(settings: Settings) -> list[Kept]:
    addresses = _days(settings.keep_addresses_days, zero="never stored")
    return [
        Kept(
            "audit log",
            "Who changed what and when. No film, file name, patient or free text.",
            "records",
            FOR_EVER,
            "nothing: it proves what was done",
            ("audit", "audit_head"),
        ),
        Kept(
            "clients' addresses",
            "The address of whoever changed something, beside its entry in the audit log.",
            "records",
            addresses,
            "its time only",
            ("audit_addresses",),
            "keep_addresses_days",
        ),
        Kept(
            "refused requests",
            "The newest thousand of a task: the sentence, the path, the request's id; quoted names "
            "as long as file names.",
            "records",
            "until a thousand newer ones",
            f"{ERASE} (`--filename`, `--before`)",
            ("failures",),
            "keep_filenames",
        ),
        Kept(
            "users, sessions and keys",
            "Names, roles, passwords as argon2id, what an OpenID provider calls them, sessions and "
            "keys as hashes; attempts to log in.",
            "records",
            "until somebody removes them; sessions and attempts until they expire",
            "`DELETE /users/{name}`, `DELETE /keys/{name}`",
            ("users", "sessions", "api_keys", "login_attempts", "login_codes"),
        ),
        Kept(
            "alerts and messages",
            "What fired and when, who silenced it and why; messages that were sent, without films "
            "and file names.",
            "records",
            "messages 30 days, the newest 10,000 changes",
            "nothing: they say nothing of patients",
            ("alerts", "alert_history", "alert_silences", "events", "outbox", "event_marks"),
        ),
        Kept(
            "shadow and drift",
            "What a version in shadow would have answered; how far windows of answers differ.",
            "records",
            "as long as the answers; the latest 1,000 windows",
            ERASE,
            ("shadows", "shadow_answers", "drift_looks"),
        ),
        Kept(
            "unexpected errors",
            "Which kind, where in the program, how often; no messages, values or file names.",
            "records",
            "the latest 200 kinds",
            "nothing: they say nothing of patients",
            ("errors",),
        ),
        Kept(
            "serving processes",
            "Which processes run, on which host.",
            "records",
            "while they run",
            "nothing: they say nothing of anybody",
            ("workers",),
        ),
        Kept(
            "the server's log",
            "A line a request: method, path, status, time, and the client's address unless "
            "addresses are never stored. Refusals quote their sentence.",
            "standard error, wherever the system puts it",
            "as the system's log says",
            "the system's log",
        ),
    ]


def _days(days: float, *, zero: str = "0 days") -> str:
    if not days:
        return zero
    return f"{days:g} day" if days == 1 else f"{days:g} days"


def _names(settings: Settings) -> str:
    chosen = settings.keep_filenames
    if chosen == "hashed":
        return "as a keyed hash, as long as the row"
    return "as long as the row" if chosen == "always" else _days(chosen, zero="never stored")


def _files(settings: Settings) -> str:
    chosen = settings.keep_filenames
    if chosen == "always":
        return FOR_EVER
    return _days(30 if chosen == "hashed" else max(7.0, chosen))


def setting_name(kept: Kept) -> str | None:
    """As it is set in the environment."""
    return PREFIX + kept.setting.upper() if kept.setting else None
