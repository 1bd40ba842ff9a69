"""The films of studies in a PACS, by QIDO-RS and WADO-RS (PS3.18) with dicomweb-client."""

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from api.cli.prediction.batch_runner import FileInput
from api.cli.prediction.remote_predictor import Unavailable
from api.errors import InvalidRequest, NotFound, UnreadableImage
from api.inputs.images.dicom.acceptance import OTHER_MODALITIES
from api.inputs.images.dicom.facts import UID
from api.inputs.images.dicom.identity import OWN_MANUFACTURER
from api.setting_groups.checks import BEARER

# An option could be seen by others.
LOGIN = "ROENTGEN_DICOMWEB_LOGIN"
TIMEOUT_S = (5.0, 120.0)
# As they are stored; a PACS would unpack them otherwise.
AS_STORED = (("application/dicom", "*"),)
FIELDS = ("Modality", "Manufacturer", "SeriesInstanceUID", "SOPInstanceUID")
SERIES, INSTANCE, MODALITY, MANUFACTURER = "0020000E", "00080018", "00080060", "00080070"


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """Where an instance is found."""

    study: str
    series: str
    instance: str


class DicomwebStudies:
    """A DICOMweb service, asked by several threads."""

    def __init__(self, url: str, *, jobs: int) -> None:
        """Raises: InvalidRequest for what is no address, or without dicomweb-client."""
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise InvalidRequest(
                f"'{url}' is no address of a DICOMweb service; http://…/dicom-web is."
            )
        try:
            from dicomweb_client.web import DICOMwebClient
        except ImportError as exc:
            raise InvalidRequest(
                "--from needs the package dicomweb-client: pip install dicomweb-client."
            ) from exc
        self._url = url.rstrip("/")
        self._client = DICOMwebClient(self._url, session=_session(url, jobs), timeout=TIMEOUT_S)

    def images_of(self, studies: Iterable[str]) -> list[FileInput]:
        """The films of some studies; each is fetched when it is read. What is no film by its
        modality, or a result of this program, is left out.

        Raises: InvalidRequest for what is no UID, NotFound for a study without films, Unavailable.
        """
        return [image for study in studies for image in self._images_of(study)]

    def _images_of(self, study: str) -> Iterator[FileInput]:
        if not UID.fullmatch(study):
            raise InvalidRequest(f"'{study[:64]}' is no UID of a study: digits and points.")
        with self._errors():
            found = self._client.search_for_instances(study, fields=FIELDS)
        images = [_stored(study, each) for each in found if _is_image(each)]
        if not images:
            raise NotFound(
                f"{self._url} has no film of the study {study} ({len(found)} instances of it)."
            )
        for number, image in enumerate(images, start=1):
            # The server that is asked need not know which one it is.
            alias = f"instance {number}"
            yield FileInput(f"{study}/{image.instance}", partial(self._fetched, image), alias)

    def _fetched(self, image: StoredInstance) -> bytes:
        """The file of an instance. Raises: Unavailable, UnreadableImage."""
        with self._errors():
            dataset = self._client.retrieve_instance(
                image.study, image.series, image.instance, media_types=AS_STORED
            )
        file = io.BytesIO()
        try:
            dataset.save_as(file, enforce_file_format=True)
        except (ValueError, TypeError, AttributeError) as exc:
            raise UnreadableImage("The instance that came is no whole DICOM file.") from exc
        return file.getvalue()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raises: Unavailable, with the status where there is one."""
        import requests

        try:
            yield
        except requests.HTTPError as exc:
            status = exc.response.status_code
            hint = f"; put user:password into {LOGIN}" if status in (401, 403) else ""
            raise Unavailable(f"{self._url} answered {status}{hint}.") from exc
        except requests.RequestException as exc:
            raise Unavailable(
                f"{self._url} cannot be reached ({type(exc).__name__}); check --from."
            ) from exc
        except (ValueError, KeyError, TypeError) as exc:
            # What its client raises for answers that are none.
            raise Unavailable(f"{self._url} is no DICOMweb service; check --from.") from exc


def _session(url: str, jobs: int) -> Any:
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.mount(url, HTTPAdapter(pool_maxsize=jobs))
    login = os.environ.get(LOGIN, "")
    if login.startswith(BEARER):
        session.headers["Authorization"] = login
    elif login:
        user, _, password = login.partition(":")
        session.auth = (user, password)
    # A proxy of this machine's environment does not know the way back to this machine.
    session.trust_env = urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}
    return session


def _value(found: dict[str, Any], tag: str) -> str:
    values: Sequence[Any] = found.get(tag, {}).get("Value") or ("",)
    return str(values[0])


def _is_image(found: dict[str, Any]) -> bool:
    is_own = _value(found, MANUFACTURER) == OWN_MANUFACTURER
    return not is_own and _value(found, MODALITY).upper() not in OTHER_MODALITIES


def _stored(study: str, found: dict[str, Any]) -> StoredInstance:
    return StoredInstance(study, _value(found, SERIES), _value(found, INSTANCE))
