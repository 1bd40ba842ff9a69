"""A server whose `patients.key` is not that of the others: noticed at its start."""

import os

import pytest
from starlette.testclient import TestClient

from api.errors import WrongKey
from api.main import create_app
from api.records.database import open_database
from api.records.servers.shared_keys import PATIENT_KEY, SharedKey
from api.settings import Settings
from tests.support import dicom_images, images
from tests.support.databases import only_sqlite, postgres
from tests.support.postgres import programs
from tests.support.waiting import wait_until_ready
from tests.web.response_checks import answer, problem
from tests.web.routes.sample_uploads import outcomes, upload


def known_of_another(settings: Settings) -> None:
    """The records belong to a key that this machine lacks."""
    database = open_database(settings.records_url, timeout_s=5)
    SharedKey(database, PATIENT_KEY, "node-1").check(bytes(32))
    database.dispose()


@only_sqlite
def test_a_single_machine_goes_on_without_what_needs_the_key(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    known_of_another(settings)

    with TestClient(create_app(settings)) as client:
        assert "Copy that file" in caplog.text
        wait_until_ready(client)
        image = dicom_images.dicom_image(dicom_images.values(bits=8, seed=5))
        refused = upload(client, image, name="film.dcm")
        problem(refused, 507, "of node 'node-1'", "Copy that file")
        assert outcomes(answer(upload(client, images.png(1)))) == ["stored"]

        (settings.state_dir / PATIENT_KEY).write_bytes(bytes(32))

        assert outcomes(answer(upload(client, image, name="film.dcm"))) == ["stored"]


@pytest.mark.skipif(
    programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed"
)
def test_one_of_several_nodes_does_not_start(settings: Settings) -> None:
    of_nodes = settings.model_copy(update={"database_url": postgres().create()})
    known_of_another(of_nodes)
    of_nodes.state_dir.mkdir(exist_ok=True)
    (of_nodes.state_dir / PATIENT_KEY).write_bytes(b"another key")

    with pytest.raises(WrongKey, match="of node 'node-1'"), TestClient(create_app(of_nodes)):
        pass

    (of_nodes.state_dir / PATIENT_KEY).write_bytes(bytes(32))
    with TestClient(create_app(of_nodes)) as client:
        wait_until_ready(client)


def test_the_first_one_makes_the_key_of_hashed_names_for_all(settings: Settings) -> None:
    hashing = settings.model_copy(update={"keep_filenames": "hashed"})
    with TestClient(create_app(hashing)):
        key = (hashing.state_dir / "filenames.key").read_bytes()

    database = open_database(hashing.records_url, timeout_s=5)
    with pytest.raises(WrongKey, match=r"filenames\.key"):
        SharedKey(database, "filenames.key", "node-2").check(b"another key")
    SharedKey(database, "filenames.key", "node-2").check(key)
    database.dispose()
