"""A film that a person wants read: its bytes, a picture of it, and the answer once it is known."""

import io
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from api_types import Prediction
from client import ApiError, RoentgenClient, address_of

DISPLAY_PX = 900
FINAL_REFUSALS = frozenset({400, 413, 415, 422})
# Films stay in memory with their answers; a session that runs for days must not grow for ever.
MAX_RESULTS = 300


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """One film in this browser session. `key` is unique within it; `credit` says whose an example
    film is."""

    key: str
    name: str
    content: bytes
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionOptions:
    """How answers are wanted; None leaves it to the server. `prevalence` in (0, 1).

    `source` is the site that the films are from.
    """

    operating_point: str | None = None
    prevalence: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class PredictionResult:
    """The answer about a film, or the server's sentence why there is none."""

    image: UploadedImage
    answer: Prediction | None
    error: str | None
    may_be_asked_again: bool = False


def predict(
    image: UploadedImage,
    client: RoentgenClient,
    *,
    model_version: str | None,
    options: DecisionOptions,
) -> PredictionResult:
    """The answer about a film; asked once per film, model version and wish.

    Raises: ApiDown.
    """
    known: dict[tuple[str, str | None, str | None, DecisionOptions], PredictionResult]
    known = st.session_state.setdefault("readings", {})
    key = (image.key, client.task, model_version, options)
    if key not in known:
        try:
            answer = client.predict(
                image.name,
                image.content,
                operating_point=options.operating_point,
                prevalence=options.prevalence,
                source=options.source,
            )
            known[key] = PredictionResult(image, answer, None)
        except ApiError as exc:
            if exc.status not in FINAL_REFUSALS:
                return PredictionResult(image, None, str(exc), may_be_asked_again=True)
            known[key] = PredictionResult(image, None, str(exc))
    result = known[key]
    for oldest in list(known)[:-MAX_RESULTS]:
        del known[oldest]
    return result


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs={RoentgenClient: address_of})
def picture(client: RoentgenClient, name: str, content: bytes) -> Image.Image | None:
    """The film as the server reads it, shrunk for display; None if it cannot be read.

    The server decodes it: a file that crashes a decoder must not end the page of everybody else.

    Raises: ApiError that may pass, ApiDown.
    """
    try:
        shown = client.preview(name, content, side_px=DISPLAY_PX)
    except ApiError as exc:
        if exc.status not in FINAL_REFUSALS:
            raise
        return None
    with Image.open(io.BytesIO(shown)) as image:
        return image.convert("L")
