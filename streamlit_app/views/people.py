"""Who may do what here, for those who decide it: users, keys, and who changed what."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from api_types import Key, Right, Role, User
from client import ApiError
from components import for_administrators
from errors import api, guarded, refusal
from formatting import RIGHT_WORDS, ROLE_WORDS, ago, moment, plain
from language.catalogue import N_, _, keyed

ROLES: dict[Role, str] = {
    "viewer": N_("Viewer: looks and asks about films"),
    "annotator": N_("Annotator: also says what films show, and adds training films"),
    "operator": N_("Operator: also retrains, promotes and rolls back"),
    "admin": N_("Admin: also users, keys and this log"),
}
RIGHTS: dict[Right, str] = {
    "read": N_("look at answers and states"),
    "predict": N_("ask about films"),
    "label": N_("say what films show, add training films"),
    "train": N_("retrain, delete training films"),
    "promote": N_("promote and roll back"),
    "admin": N_("users, keys, audit log"),
}
ENTRIES = 50
# The new key, until the page is left: it is never shown again.
NEW_KEY = "people-new-key"


@guarded
def show() -> None:
    st.title(_("People and keys"))
    people, machines, log = st.tabs([_("Users"), _("Keys of machines"), _("Who changed what")])
    with people:
        _users()
    with machines:
        _keys()
    with log:
        _log()


def _users() -> None:
    users = api().users()
    if users:
        st.dataframe(
            pd.DataFrame([_user_row(user) for user in users]), hide_index=True, placeholder=""
        )
        _change_user([user["name"] for user in users])
    else:
        st.info(_("There is no user yet: this machine itself needs none, everybody else does."))
    st.subheader(_("Add a user"))
    with st.form("add-user", clear_on_submit=True):
        name = st.text_input(_("Name"), help=_("Small letters, digits and any of . _ - @"))
        role = st.selectbox(
            _("Role"),
            list(ROLES),
            format_func=lambda each: _(ROLES[each]),
            key=keyed("people-add-role"),
        )
        password = st.text_input(
            _("Password, 12 characters or more"), type="password", autocomplete="new-password"
        )
        if st.form_submit_button(_("Add the user"), type="primary"):
            _tried(
                lambda: api().add_user(name, role, password),
                _("'{name}' may log in now.").format(name=name),
            )


def _user_row(user: User) -> dict[str, object]:
    return {
        _("name"): user["name"],
        _("role"): _(ROLE_WORDS[user["role"]]),
        _("since"): moment(user["created_at"]),
        _("last log-in"): ago(user["last_login_at"]) if user["last_login_at"] else _("never"),
        _("open sessions"): user["open_sessions"],
    }


def _change_user(names: list[str]) -> None:
    with st.expander(_("Change or remove a user")):
        name = st.selectbox(_("User"), names, key="people-user")
        role = st.selectbox(
            _("New role"),
            list(ROLES),
            format_func=lambda each: _(ROLES[each]),
            key=keyed("people-role"),
        )
        if st.button(_("Give this role"), key="people-set-role"):
            _tried(
                lambda: api().change_user(name, role=role),
                _("'{name}' is {role} now.").format(name=name, role=_(ROLE_WORDS[role])),
            )
        password = st.text_input(
            _("New password"), type="password", key="people-password", autocomplete="new-password"
        )
        if st.button(_("Set this password"), key="people-set-password", disabled=not password):
            _tried(
                lambda: api().change_user(name, password=password),
                _("'{name}' has a new password; their sessions have ended.").format(name=name),
            )
        if st.checkbox(
            _("Yes, remove '{name}'").format(name=plain(name)), key="people-sure"
        ) and st.button(_("Remove"), key="people-remove"):
            _tried(
                lambda: api().remove_user(name),
                _("'{name}' may not log in any more.").format(name=name),
            )


def _keys() -> None:
    st.caption(_("A script or a device shows its key with each request."))
    for_administrators.note(_("A key is sent as `Authorization: Bearer …`."))
    if key := st.session_state.get(NEW_KEY):
        st.success(_("This is the key; it is not shown again. Copy it to where it is used."))
        st.code(key, language=None)
    keys = api().keys()
    if keys:
        st.dataframe(pd.DataFrame([_key_row(key) for key in keys]), hide_index=True, placeholder="")
        name = st.selectbox(_("Key"), [key["name"] for key in keys], key="people-key")
        if st.button(_("Revoke this key"), key="people-revoke"):
            st.session_state.pop(NEW_KEY, None)
            _tried(
                lambda: api().revoke_key(name),
                _("'{name}' opens nothing any more.").format(name=name),
            )
    else:
        st.info(_("There is no key yet."))
    st.subheader(_("Make a key"))
    with st.form("add-key", clear_on_submit=True):
        name = st.text_input(_("Name of the script or device"))
        rights = st.multiselect(
            _("It may"),
            list(RIGHTS),
            format_func=lambda each: _(RIGHTS[each]),
            key=keyed("people-rights"),
        )
        site = st.text_input(_("Its site, if it is of one (its requests then count as from there)"))
        days = st.number_input(_("Good for how many days (0: until revoked)"), 0, 3650, 365)
        if st.form_submit_button(_("Make the key"), type="primary"):
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
        _("name"): key["name"],
        _("may"): ", ".join(_(RIGHT_WORDS[right]) for right in key["rights"]),
        _("site"): key["site"] or "",
        _("made by"): key["created_by"],
        _("expires"): moment(key["expires_at"]) if key["expires_at"] else _("never"),
        _("last used"): ago(key["last_used_at"]) if key["last_used_at"] else _("never"),
    }


def _log() -> None:
    st.caption(
        _(
            "The newest {entries} changes. Whoever runs the server can export the whole log, and "
            "check whether anybody altered it."
        ).format(entries=ENTRIES)
    )
    for_administrators.note(
        _("`python -m api audit export` writes the whole log, `verify` checks it.")
    )
    page = api().audit(limit=ENTRIES)
    if not page["entries"]:
        st.info(_("Nothing was changed yet."))
        return
    rows = [
        {
            _("when"): moment(entry["at"]),
            _("who"): entry["actor"],
            _("did"): entry["action"].replace("_", " "),
            _("to"): entry["object"],
            _("task"): entry["task"] or "",
            _("from"): entry["address"] or "",
            _("number"): entry["number"],
        }
        for entry in page["entries"]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="")


def _tried(change: Callable[[], object], done: str) -> None:
    try:
        change()
    except ApiError as exc:
        refusal(exc)
    else:
        st.toast(plain(done))
        st.rerun()
