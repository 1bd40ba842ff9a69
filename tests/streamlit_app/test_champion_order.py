"""People who look at the UI meet no older champion than before."""

import dataclasses
import inspect

import roentgen_client.champion_order
from api_calls import champion_order
from api_calls.champion_order import AT_LEAST, SEQUENCE
from client import RoentgenClient
from tests.streamlit_app.fake_api import FakeApi


def follow(api: FakeApi, number: int) -> None:
    """Let answers of `GET /status` come from a node that follows this move."""
    answer = api.answers["GET", "/status"]
    api.answers["GET", "/status"] = dataclasses.replace(answer, headers=((SEQUENCE, str(number)),))


def test_an_image_is_sent_with_the_highest_number_that_anybody_was_given(api: FakeApi) -> None:
    for number in (6, 2):
        follow(api, number)
        RoentgenClient().status()

    RoentgenClient().predict("film.png", b"pixels")

    (asked,) = api.calls("POST", "/predict")
    assert asked.headers[AT_LEAST] == "6"
    assert all(AT_LEAST not in looked.headers for looked in api.calls("GET", "/status"))


def test_tasks_have_numbers_of_their_own(api: FakeApi) -> None:
    follow(api, 6)
    RoentgenClient().status()
    api.answers["POST", "/tasks/iris/predict"] = api.answers["POST", "/predict"]

    RoentgenClient(task="iris").predict("film.png", b"pixels")

    (asked,) = api.calls("POST", "/tasks/iris/predict")
    assert AT_LEAST not in asked.headers


def test_the_rule_is_that_of_the_python_client() -> None:
    """Each is installed without the other."""
    assert inspect.getsource(champion_order) == inspect.getsource(roentgen_client.champion_order)
