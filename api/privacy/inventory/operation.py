"""What is stored of people who use an installation, and of its running."""

from api.privacy.inventory.stored_data import ERASE, FOR_EVER, StoredData, days
from api.settings import Settings


def of_operation(settings: Settings) -> list[StoredData]:
    """All of it, as these settings have it."""
    addresses = days(settings.keep_addresses_days, zero="never stored")
    return [
        StoredData(
            "audit log",
            "Who changed what and when. No film, file name, patient or free text.",
            "records",
            FOR_EVER,
            "nothing: it proves what was done",
            ("audit", "audit_head"),
        ),
        StoredData(
            "clients' addresses",
            "The address of whoever changed something, beside its entry in the audit log.",
            "records",
            addresses,
            "its time only",
            ("audit_addresses",),
            "keep_addresses_days",
        ),
        StoredData(
            "refused requests",
            "The newest thousand of a task: the sentence, the path, the request's id; quoted names "
            "as long as file names.",
            "records",
            "until a thousand newer ones",
            f"{ERASE} (`--filename`, `--before`)",
            ("failures",),
            "keep_filenames",
        ),
        StoredData(
            "users, sessions and keys",
            "Names, roles, passwords as argon2id, what an OpenID provider calls them, sessions and "
            "keys as hashes; attempts to log in.",
            "records",
            "until somebody removes them; sessions and attempts until they expire",
            "`DELETE /users/{name}`, `DELETE /keys/{name}`",
            ("users", "sessions", "api_keys", "login_attempts", "login_codes"),
        ),
        StoredData(
            "alerts and messages",
            "What fired and when, who silenced it and why; messages that were sent, without films "
            "and file names.",
            "records",
            "messages 30 days, the newest 10,000 changes",
            "nothing: they say nothing of patients",
            ("alerts", "alert_history", "alert_silences", "events", "outbox", "event_marks"),
        ),
        StoredData(
            "shadow and drift",
            "What a version in shadow would have answered; how far windows of answers differ.",
            "records",
            "as long as the answers; the latest 1,000 windows",
            ERASE,
            ("shadows", "shadow_answers", "drift_looks"),
        ),
        StoredData(
            "unexpected errors",
            "Which kind, where in the program, how often; no messages, values or file names.",
            "records",
            "the latest 200 kinds",
            "nothing: they say nothing of patients",
            ("errors",),
        ),
        StoredData(
            "serving processes",
            "Which processes run, on which host.",
            "records",
            "while they run",
            "nothing: they say nothing of anybody",
            ("workers",),
        ),
        StoredData(
            "who serves",
            "Where several nodes share the champion: each promotion and rollback with who made it "
            "and why, and what each node serves. Else they are in `champion.json`.",
            "records, or the models folder",
            "as long as the installation; nodes for an hour after they were last heard of",
            "nothing: they say nothing of patients",
            ("champions", "champion_moves", "nodes"),
        ),
        StoredData(
            "fingerprints of keys",
            "Of `patients.key` and `filenames.key`, which hash patients and file names: whether a "
            "node has the same ones as the others, and which node had them first. The keys are in "
            "the state folder of each node.",
            "records",
            "as long as the installation",
            "nothing: they say nothing of patients",
            ("shared_keys",),
        ),
        StoredData(
            "the server's log",
            "A line a request: method, path (where it would name a DICOM study, its pattern), "
            "status, time, and the client's address unless addresses are never stored. "
            "Refusals quote their sentence.",
            "standard error, wherever the system puts it",
            "as the system's log says",
            "the system's log",
        ),
    ]
