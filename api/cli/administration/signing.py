"""`python -m api signing`: keys, and signatures of checkpoints."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import failure
from api.errors import AppError, InvalidCheckpoint
from api.model_card.card_file import read_card
from api.registry.open_store import open_store
from api.registry.published import PublishedVersions
from api.registry.shared_signatures import share_signature
from api.registry.signing.artefacts import card_path, signature_path
from api.registry.signing.chosen_keys import trusted_signers
from api.registry.signing.keys import read_private_key, write_keypair
from api.registry.signing.signatures import (
    Signature,
    read_signature,
    require_signature,
    sign,
    signed_by,
)
from api.registry.store import VERSION_PATTERN, Checkpoint, verify_weights
from api.settings import Settings, from_environment
from api.tasks.task_files import load_task
from api.tasks.task_settings import settings_of

signing = typer.Typer(
    no_args_is_help=True, help="Make a key, sign a checkpoint, and say who signed one."
)

Target = Annotated[
    str, typer.Argument(metavar="VERSION|FILE.h5", help="A version by name, or a weights file.")
]
TaskName = Annotated[
    str | None, typer.Option("--task", help="The task of the version. Default: the setting's.")
]


@signing.command()
def keypair(
    out: Annotated[Path, typer.Option(help="File of the private key; there must be none yet.")],
) -> None:
    """Make a key: the private one goes into a file, the public one is printed."""
    try:
        public = write_keypair(out)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(public)


@signing.command(name="sign")
def sign_checkpoint(
    checkpoint: Target,
    key: Annotated[Path, typer.Option(help="File of the private key.")],
    task: TaskName = None,
) -> None:
    """Vouch for all files of a checkpoint as they are: a signature beside its card."""
    try:
        found = _found(checkpoint, from_environment(), task)
        # Whatever may be wrong with it, whoever signs does not know.
        verify_weights(Checkpoint(found.weights, found.card))
        signature = _signed(found, key)
        typer.echo(
            f"{found.version} signed by {signature.signer}: {', '.join(signature.files)} "
            f"({signature_path(found.weights).name})."
        )
        published = _published(checkpoint, task)
        if published is not None:
            share_signature(signature, published)
            typer.echo("The signature is in the shared store: every machine finds it.")
    except AppError as exc:
        raise failure(exc) from exc


@signing.command()
def check(checkpoint: Target, task: TaskName = None) -> None:
    """Say who signed a checkpoint; exit code 1 if a file differs, or a server would refuse it."""
    try:
        settings = from_environment()
        found, signers = _found(checkpoint, settings, task), trusted_signers(settings)
        signature = read_signature(found.weights, found.card)
        if signature is None and not signers:
            raise InvalidCheckpoint(f"'{found.version}' is not signed.")
        theirs = ((signature.signer, signature.signer),) if signature else ()
        require_signature(found.weights, found.card, signers or theirs)
        verify_weights(found)
    except AppError as exc:
        raise failure(exc) from exc
    typer.echo(f"{found.version}: signed by {signed_by(found.weights, found.card, signers)}.")


def _signed(found: Checkpoint, key: Path) -> Signature:
    try:
        return sign(found.weights, found.card, read_private_key(key))
    except OSError as exc:
        raise InvalidCheckpoint(
            f"A file of '{found.version}' cannot be read ({exc.strerror})."
        ) from exc


def _published(checkpoint: str, task: str | None) -> PublishedVersions | None:
    """Where other machines have a version from; None for a file, and where there are none."""
    if not VERSION_PATTERN.fullmatch(checkpoint):
        return None
    settings = from_environment()
    settings = settings_of(settings, load_task(task or settings.task))
    return open_store(settings, settings.task).published


def _found(checkpoint: str, settings: Settings, task: str | None) -> Checkpoint:
    """Raises: NotFound, InvalidTask, InvalidCheckpoint."""
    if VERSION_PATTERN.fullmatch(checkpoint):
        settings = settings_of(settings, load_task(task or settings.task))
        return open_store(settings, settings.task).get(checkpoint)
    weights = Path(checkpoint)
    return Checkpoint(weights, read_card(card_path(weights)))
