"""Who may do what here, for those who decide it: users, keys, and who changed what."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from api_types import Key, Right, Role, User
from client import ApiError
from errors import api, guarded, refusal
from formatting import ago, moment, plain

ROLES: dict[Role, str] = {
    "viewer": "Viewer: looks and asks about films",
    "annotator": "Annotator: also says what films show, and adds training films",
    "operator": "Operator: also retrains, promotes and rolls back",
    "admin": "Admin: also users, keys and this log",
}
RIGHTS: dict[Right, str] = {
    "read": "look at answers and states",
    "predict": "ask about films",
    "label": "say what films show, add training films",
    "train": "retrain, delete training films",
    "promote": "promote and roll back",
    "admin": "users, keys, audit log",
}
ENTRIES = 50
# The new key, until the page is left: it is never shown again.
NEW_KEY = "people-new-key"


@guarded
def show() -> None:
    st.title("People and keys")
    people, machines, log = st.tabs(["Users", "Keys of machines", "Who changed what"])
    with people:
        _users()
    with machines:
        _keys()
    with log:
        _log()


def _users() -> None:
    users = api().users()
    if users:
        st.dataframe(pd.DataFrame([_user_row(user) for user in users]), hide_index=True)
        _change_user([user["name"] for user in users])
    else:
        st.info("There is no user yet: this machine itself needs none, everybody else does.")
    st.subheader("Add a user")
    with st.form("add-user", clear_on_submit=True):
        name = st.text_input("Name", help="Small letters, digits and any of . _ - @")
        role = st.selectbox("Role", list(ROLES), format_func=lambda each: ROLES[each])
        password = st.text_input(
            "Password, 12 characters or more", type="password", autocomplete="new-password"
        )
        if st.form_submit_button("Add the user", type="primary"):
            _tried(lambda: api().add_user(name, role, password), f"'{name}' may log in now.")


def _user_row(user: User) -> dict[str, object]:
    return {
        "name": user["name"],
        "role": user["role"],
        "since": moment(user["created_at"]),
        "last log-in": ago(user["last_login_at"]) if user["last_login_at"] else "never",
        "open sessions": user["open_sessions"],
    }


def _change_user(names: list[str]) -> None:
    with st.expander("Change or remove a user"):
        name = st.selectbox("User", names, key="people-user")
        role = st.selectbox(
            "New role", list(ROLES), format_func=lambda each: ROLES[each], key="people-role"
        )
        if st.button("Give this role", key="people-set-role"):
            _tried(lambda: api().change_user(name, role=role), f"'{name}' is {role} now.")
        password = st.text_input(
            "New password", type="password", key="people-password", autocomplete="new-password"
        )
        if st.button("Set this password", key="people-set-password", disabled=not password):
            _tried(
                lambda: api().change_user(name, password=password),
                f"'{name}' has a new password; their sessions have ended.",
            )
        if st.checkbox(f"Yes, remove '{plain(name)}'", key="people-sure") and st.button(
            "Remove", key="people-remove"
        ):
            _tried(lambda: api().remove_user(name), f"'{name}' may not log in any more.")


def _keys() -> None:
    st.caption("A script or a device sends its key as `Authorization: Bearer …`.")
    if key := st.session_state.get(NEW_KEY):
        st.success("This is the key; it is not shown again. Copy it to where it is used.")
        st.code(key, language=None)
    keys = api().keys()
    if keys:
        st.dataframe(pd.DataFrame([_key_row(key) for key in keys]), hide_index=True)
        name = st.selectbox("Key", [key["name"] for key in keys], key="people-key")
        if st.button("Revoke this key", key="people-revoke"):
            st.session_state.pop(NEW_KEY, None)
            _tried(lambda: api().revoke_key(name), f"'{name}' opens nothing any more.")
    else:
        st.info("There is no key yet.")
    st.subheader("Make a key")
    with st.form("add-key", clear_on_submit=True):
        name = st.text_input("Name of the script or device")
        rights = st.multiselect("It may", list(RIGHTS), format_func=lambda each: RIGHTS[each])
        site = st.text_input("Its site, if it is of one (its requests then count as from there)")
        days = st.number_input("Good for how many days (0: until revoked)", 0, 3650, 365)
        if st.form_submit_button("Make the key", type="primary"):
            _make_key(name, rights, site or None, days or None)


def _make_key(name: str, rights: list[Right], site: str | None, days: int | None) -> None:
    try:
        made = api().add_key(name, rights, site=site, days=days)
    except ApiError as exc:
        refusal(exc)
        return
    st.session_state[NEW_KEY] = made["key"]
    st.rerun()


def _key_row(key: Key) -> dict[str, object]:
    return {
        "name": key["name"],
        "may": ", ".join(key["rights"]),
        "site": key["site"] or "",
        "made by": key["created_by"],
        "expires": moment(key["expires_at"]) if key["expires_at"] else "never",
        "last used": ago(key["last_used_at"]) if key["last_used_at"] else "never",
    }


def _log() -> None:
    st.caption(
        f"The newest {ENTRIES} changes. The whole log, and whether anybody altered it: "
        "`python -m api audit export` and `verify`."
    )
    page = api().audit(limit=ENTRIES)
    if not page["entries"]:
        st.info("Nothing was changed yet.")
        return
    rows = [
        {
            "when": moment(entry["at"]),
            "who": entry["actor"],
            "did": entry["action"].replace("_", " "),
            "to": entry["object"],
            "task": entry["task"] or "",
            "from": entry["address"] or "",
            "number": entry["number"],
        }
        for entry in page["entries"]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _tried(change: Callable[[], object], done: str) -> None:
    try:
        change()
    except ApiError as exc:
        refusal(exc)
    else:
        st.toast(plain(done))
        st.rerun()
