"""`python -m api`: the command line."""

import typer

from api.cli.administration.alerts import alerts
from api.cli.administration.audit import audit
from api.cli.administration.backup import backup, restore
from api.cli.administration.champion import champion
from api.cli.administration.db import db
from api.cli.administration.erase import erase
from api.cli.administration.key import key
from api.cli.administration.settings import settings
from api.cli.administration.user import user
from api.cli.dimse import dimse
from api.cli.evaluate import evaluate
from api.cli.import_images import import_images
from api.cli.predict import predict
from api.cli.replay import replay
from api.cli.sites import sites
from api.cli.training.card import card
from api.cli.training.export import export
from api.cli.training.import_model import import_model
from api.cli.training.reduce import reduce
from api.cli.training.shadow import shadow
from api.cli.training.streams import streams
from api.cli.training.train import train

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, inspect and try models.")


@app.callback()
def main() -> None:
    """Roentgen's command line."""


for command in (
    train, reduce, streams, card, export, predict, dimse, replay, evaluate, settings, erase,
    backup,
    restore,
):  # fmt: skip
    app.command()(command)
app.command("import")(import_images)
app.command()(import_model)
app.add_typer(db, name="db")
app.add_typer(champion, name="champion")
app.add_typer(sites, name="sites")
app.add_typer(user, name="user")
app.add_typer(key, name="key")
app.add_typer(alerts, name="alerts")
app.add_typer(shadow, name="shadow")
app.add_typer(audit, name="audit")
