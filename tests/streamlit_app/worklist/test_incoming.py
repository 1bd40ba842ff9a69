"""What the browser sends, against the fake API."""

import base64
import time
from typing import Any

from client import RoentgenClient
from tests.streamlit_app.fake_api import FakeApi, png
from worklist import incoming
from worklist.incoming import Group, SentFilm
from worklist.rows import Worklist, neighbour


def film(key: str, content: bytes = png()) -> SentFilm:
    return SentFilm(key=key, name=f"{key}.png", data=base64.b64encode(content).decode())


def group(*films: SentFilm, number: int = 1, look: bool = False, left: int = 0) -> Group:
    return Group(number=number, look=look, left=left, total=len(films) + left, films=films)


class TestTake:
    def test_films_are_answered_in_their_order(self, api: FakeApi) -> None:
        films = Worklist()

        incoming.take(films, group(*map(film, "abcdef"), left=2), RoentgenClient())

        assert list(films.rows) == list("abcdef")
        assert all(row.answer and row.thumbnail for row in films.rows.values())
        assert films.is_being_read
        assert films.open_key is None

    def test_a_group_that_comes_twice_counts_once(self, api: FakeApi) -> None:
        films = Worklist()

        for _ in range(2):
            incoming.receive(films, group(film("a")), RoentgenClient())
        while not films.answered:
            time.sleep(0.01)

        assert len(api.calls("POST", "/predict")) == 1
        assert films.rows["a"].answer

    def test_an_answer_for_a_list_that_was_begun_anew_is_dropped(self, api: FakeApi) -> None:
        films, client = Worklist(), RoentgenClient()
        predict = client.predict

        def cleared_meanwhile(*args: Any, **options: Any) -> Any:
            films.clear()
            return predict(*args, **options)

        client.predict = cleared_meanwhile  # type: ignore[method-assign]
        incoming.take(films, group(film("a")), client)

        assert not films.rows
        assert films.answered == 1

    def test_what_the_browser_cannot_send_has_its_sentence(self, api: FakeApi) -> None:
        films, locked = Worklist(), SentFilm(key="a", name="a.png", error="Locked.")
        broken = SentFilm(key="c", name="c.png", data="no base64!")

        incoming.take(films, group(locked, film("b", b""), broken), RoentgenClient())

        assert [row.error for row in films.rows.values()] == [
            "Locked.", incoming.EMPTY, incoming.EMPTY,
        ]  # fmt: skip
        assert not api.requests

    def test_a_server_that_is_gone_is_asked_again(self, no_api: None) -> None:
        films = Worklist()

        incoming.take(films, group(film("a"), film("b")), RoentgenClient())

        assert films.again == ("a", "b")
        assert films.asked == 1
        assert "cannot be reached" in (films.rows["a"].error or "")

    def test_a_look_asks_for_no_answer(self, api: FakeApi) -> None:
        films = Worklist()

        incoming.take(films, group(film("a"), look=True), RoentgenClient())

        assert films.pictures.get("a") == png()
        assert not api.calls("POST", "/predict")

    def test_one_that_the_tab_has_no_more_is_not_waited_for(self, api: FakeApi) -> None:
        films, gone = Worklist(), SentFilm(key="a", name="", is_gone=True)

        incoming.take(films, group(gone, look=True), RoentgenClient())

        assert films.gone == {"a"}


class TestNeighbour:
    def test_it_stops_at_both_ends(self) -> None:
        assert neighbour(list("abc"), "b", 1) == "c"
        assert neighbour(list("abc"), "c", 1) == "c"
        assert neighbour(list("abc"), "a", -1) == "a"

    def test_with_nothing_open_the_first_is(self) -> None:
        assert neighbour(list("abc"), None, 1) == "a"
        assert neighbour([], None, 1) is None
