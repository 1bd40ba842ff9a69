"""Answering one instance of a STOW-RS request, and queueing what is to be sent of the answer."""

import logging
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from api.errors import Conflict, UnsupportedFormat
from api.inputs.images.dicom.identity import DicomIdentity
from api.services import Services
from api.serving.predictor import RecordingPredictor
from api.web.problems import image_problem
from api.web.responses.recorded_predictions import answer_of
from api.web.schemas.answers.batch import ImageProblem
from api.web.schemas.answers.dicomweb import InstanceResult
from api.web.uploads.dicom_instances import ReceivedInstance

logger = logging.getLogger(__name__)

PATH = "/dicom-web/studies"


@dataclass(frozen=True, slots=True)
class InstancePredictor:
    """Predicts instances, all with one version and one policy; `study`: what all must be of."""

    services: Services
    predictor: RecordingPredictor
    study: str | None

    async def predict(self, instance: ReceivedInstance) -> InstanceResult:
        """The answer, once what is to be sent of it is safe. Never raises."""
        found: list[DicomIdentity] = []

        def read() -> bytes:
            content = instance.read()
            serving = self.services.serving
            found.append(serving.backend.identity(content, serving.limits))
            self._check(found[0])
            return content

        try:
            recorded = await self.predictor.predict(
                instance.name, read, run=self.services.serving.batches.run
            )
            await run_in_threadpool(
                self.services.outgoing.add,
                recorded.record,
                found[0],
                instance.pieces,
                task=self.services.task.name,
            )
            return _result(instance, found, prediction=answer_of(recorded))
        except Exception as exc:  # noqa: BLE001 (the top of this instance's work; it is logged there)
            problem = await run_in_threadpool(image_problem, self.services, exc, path=PATH)
        return _result(instance, found, problem=ImageProblem.model_validate(problem))

    def _check(self, identity: DicomIdentity) -> None:
        """Raises: Conflict, UnsupportedFormat."""
        if self.study is not None and identity.study != self.study:
            raise Conflict("The instance is of another study than the one that the path names.")
        if identity.is_own:
            raise UnsupportedFormat(
                "This is a result of Roentgen itself, which is not answered; send the film."
            )


def _result(
    instance: ReceivedInstance,
    found: list[DicomIdentity],
    *,
    prediction: object = None,
    problem: object = None,
) -> InstanceResult:
    identity = found[0] if found else None
    return InstanceResult.model_validate(
        {
            "number": instance.number,
            "sop_class_uid": identity.sop_class if identity else None,
            "sop_instance_uid": identity.instance if identity else None,
            "prediction": prediction,
            "problem": problem,
        }
    )
