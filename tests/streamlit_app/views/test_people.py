"""The page People and keys, against the fake API; and who is shown which page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.accounts import rights
from api_types import Me
from session import sign_in
from tests.streamlit_app.answers import NOW
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import open_page, tables, texts_of

APP = Path(__file__).parents[3] / "streamlit_app/app.py"
USER = {
    "name": "maria", "role": "annotator", "rights": ["read", "predict", "label"],
    "created_at": NOW.isoformat(), "password_changed_at": NOW.isoformat(),
    "last_login_at": None, "open_sessions": 2,
}  # fmt: skip
KEY = {
    "name": "pacs", "rights": ["predict"], "site": "St. Anna", "created_by": "root",
    "created_at": NOW.isoformat(), "expires_at": None, "last_used_at": NOW.isoformat(),
}  # fmt: skip
ENTRY = {
    "number": 7, "at": NOW.isoformat(), "actor": "root", "right": "admin", "action": "user_add",
    "object": "maria", "task": None, "request_id": "r", "address": "10.0.0.7",
    "address_sha256": None, "hash": "0" * 64,
}  # fmt: skip


@pytest.fixture
def people(api: FakeApi) -> FakeApi:
    api.answer("GET", "/users", {"users": [USER]})
    api.answer("GET", "/keys", {"keys": [KEY]})
    page = {"entries": [ENTRY], "next_before": None, "head_number": 7, "head_hash": "0" * 64}
    api.answer("GET", "/audit", page)
    return api


def sent(api: FakeApi, method: str, path: str) -> Any:
    (call,) = api.calls(method, path)
    return json.loads(call.body) if call.body else None


class TestUsers:
    def test_users_keys_and_changes_are_listed(self, people: FakeApi) -> None:
        page = open_page("people")

        assert not page.exception
        for words in ("maria,annotator", "pacs,predict,St. Anna,root", "root,user add,maria"):
            assert words in tables(page)

    def test_one_is_added(self, people: FakeApi) -> None:
        people.answer("POST", "/users", USER, status=201)
        page = open_page("people")
        page.text_input[1].set_value("noor")
        page.text_input[2].set_value("seven green lamps")

        next(b for b in page.button if b.label == "Add the user").click().run()

        assert not page.exception
        assert sent(people, "POST", "/users") == {
            "name": "noor", "role": "viewer", "password": "seven green lamps",
        }  # fmt: skip

    def test_a_refusal_is_shown_in_the_servers_words(self, people: FakeApi) -> None:
        people.refuse("POST", "/users", "The password is too short.", status=422)
        page = open_page("people")

        next(b for b in page.button if b.label == "Add the user").click().run()

        assert "too short" in texts_of(page, "error")

    def test_a_role_is_changed_and_removing_asks_first(self, people: FakeApi) -> None:
        people.answer("PATCH", "/users/maria", USER)
        people.answer("DELETE", "/users/maria", None, status=204)
        page = open_page("people")
        page.selectbox(key="people-role").select("operator").run()

        page.button(key="people-set-role").click().run()
        assert sent(people, "PATCH", "/users/maria") == {"role": "operator"}
        assert not [b for b in page.button if b.key == "people-remove"]
        page.checkbox(key="people-sure").check().run()
        page.button(key="people-remove").click().run()

        assert len(people.calls("DELETE", "/users/maria")) == 1


class TestKeys:
    def test_a_new_key_is_shown_once(self, people: FakeApi) -> None:
        people.answer("POST", "/keys", KEY | {"key": "rgn_secret"}, status=201)
        page = open_page("people")
        page.multiselect[0].select("predict")

        next(b for b in page.button if b.label == "Make the key").click().run()

        assert [code.value for code in page.code] == ["rgn_secret"]
        assert sent(people, "POST", "/keys")["rights"] == ["predict"]

    def test_one_is_revoked(self, people: FakeApi) -> None:
        people.answer("DELETE", "/keys/pacs", None, status=204)

        open_page("people").button(key="people-revoke").click().run()

        assert len(people.calls("DELETE", "/keys/pacs")) == 1


class TestPagesFollowRights:
    def test_a_page_is_offered_to_those_who_have_its_right(self) -> None:
        me: Me = {"name": "maria", "kind": "user", "rights": ["read", "label"], "site": None}

        assert sign_in.may(me, "label")
        assert not sign_in.may(me, "admin")
        # An API that does not say who asks refuses for itself.
        assert sign_in.may(None, "admin")

    def test_every_page_names_a_right_that_there_is(self) -> None:
        pages = re.findall(r"\((?:READ|TEACH|TRUST), .*\),\n", APP.read_text(encoding="utf-8"))
        named = [line.rstrip("),\n").rpartition('"')[0].rpartition('"')[2] for line in pages]

        assert len(named) == 13
        assert set(named) <= set(map(str, rights.Right))
