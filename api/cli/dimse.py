"""`python -m api dimse`: take films by C-STORE and hand them on to a server."""

import os
import signal
import threading
from typing import Annotated

import typer

from api import logs
from api.cli.console import failure
from api.cli.prediction.remote_predictor import KEY
from api.errors import AppError
from api.pacs.c_store import Listener, serve
from api.settings import from_environment

NOT_STARTED = 2
MAX_TITLE = 16


def dimse(
    sender: Annotated[
        list[str], typer.Option("--from", help="AE title that may send; again for another one.")
    ],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 4243,
    host: Annotated[str, typer.Option(help="At which address; 0.0.0.0: at all.")] = "127.0.0.1",
    title: Annotated[str, typer.Option(help="Its own AE title.")] = "ROENTGEN",
    url: Annotated[str, typer.Option(help="Of the server.")] = "http://127.0.0.1:8000",
) -> None:
    """Listen for C-STORE, and send every instance to the server's /dicom-web/studies.

    The connection is not encrypted: let it cross no network that others read. A server that asks
    who is there gets the key in ROENTGEN_API_KEY. Exit code 2: it cannot listen.
    """
    for each in (*sender, title):
        if not 0 < len(each.strip()) <= MAX_TITLE or not each.isascii():
            raise typer.BadParameter(f"'{each}' is no AE title: 1 to {MAX_TITLE} characters.")
    settings = from_environment()
    logs.configure(settings.log_level, settings.log_format)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    key = os.environ.get(KEY, "")
    listener = Listener(host, port, title, tuple(sender), url, key, settings.max_file_bytes)
    try:
        serve(listener, until=ended)
    except AppError as exc:
        raise failure(exc, code=NOT_STARTED) from exc
