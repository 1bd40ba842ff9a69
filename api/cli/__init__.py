"""`python -m api`: the command line."""

import typer

from api.cli.alerts import alerts
from api.cli.audit import audit
from api.cli.backup import backup, restore
from api.cli.card import card
from api.cli.db import db
from api.cli.erase import erase
from api.cli.evaluate import evaluate
from api.cli.import_images import import_images
from api.cli.key import key
from api.cli.predict import predict
from api.cli.reduce import reduce
from api.cli.replay import replay
from api.cli.settings import settings
from api.cli.shadow import shadow
from api.cli.sites import sites
from api.cli.streams import streams
from api.cli.train import train
from api.cli.user import user

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, inspect and try models.")


@app.callback()
def main() -> None:
    """Roentgen's command line."""


for command in (
    train, reduce, streams, card, predict, replay, evaluate, settings, erase, backup, restore,
):  # fmt: skip
    app.command()(command)
app.command("import")(import_images)
app.add_typer(db, name="db")
app.add_typer(sites, name="sites")
app.add_typer(user, name="user")
app.add_typer(key, name="key")
app.add_typer(alerts, name="alerts")
app.add_typer(shadow, name="shadow")
app.add_typer(audit, name="audit")
