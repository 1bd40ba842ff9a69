"""STOW-RS in, by `dicomweb-client` as it is."""

import pytest
from dicomweb_client.api import DICOMwebClient
from pydicom import Dataset

from roentgen_client import Client
from tests.support import dicom_images
from tests.support.dicom_images import DX, STUDY


def image(number: int, **tags: object) -> Dataset:
    pixels = dicom_images.values(bits=8, seed=number)
    made = dicom_images.dataset(pixels, SOPInstanceUID=f"1.2.3.{number}", **tags)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


@pytest.fixture
def sender(url: str) -> DICOMwebClient:
    return DICOMwebClient(f"{url}/dicom-web")


class TestStoring:
    def test_each_image_of_a_study_is_answered(self, sender: DICOMwebClient, url: str) -> None:
        stored = sender.store_instances([image(1), image(2)], study_instance_uid=STUDY)

        found = stored.ReferencedSOPSequence
        assert [item.ReferencedSOPInstanceUID for item in found] == ["1.2.3.1", "1.2.3.2"]
        assert {item.ReferencedSOPClassUID for item in found} == {DX}
        assert "FailedSOPSequence" not in stored
        with Client(url) as client:
            for item in found:
                block = item.private_block(0x0099, "ROENTGEN")
                answer = client.prediction(str(block[0x01].value).rpartition("/")[2])
                assert answer.decision == str(block[0x02].value).lower()

    def test_what_is_no_film_is_named_beside_what_is(self, sender: DICOMwebClient) -> None:
        stored = sender.store_instances([image(3), image(4, Modality="CT")])

        (kept,), (failed,) = stored.ReferencedSOPSequence, stored.FailedSOPSequence
        assert (kept.ReferencedSOPInstanceUID, failed.ReferencedSOPInstanceUID) == (
            "1.2.3.3",
            "1.2.3.4",
        )
        assert failed.FailureReason == 0x0122
