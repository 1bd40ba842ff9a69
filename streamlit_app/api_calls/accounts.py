"""Who may log in, who is, keys, and the log of changes."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from api_calls.connection import ApiDown, Connection
from api_types import (
    AuditPage,
    AuthState,
    Key,
    KeyCreated,
    Me,
    Right,
    Role,
    User,
)

SESSION_COOKIES = ("roentgen_session", "__Host-roentgen_session")


class AccountCalls(Connection):
    """Who may log in, who is, keys, and the log of changes."""

    def users(self) -> list[User]:
        """Who may log in; for admins, as all that follows."""
        return cast(list[User], self._json("GET", "/users", of_server=True)["users"])

    def add_user(self, name: str, role: Role, password: str) -> User:
        sent = {"name": name, "role": role, "password": password}
        return cast(User, self._json("POST", "/users", json=sent, of_server=True))

    def change_user(
        self, name: str, *, role: Role | None = None, password: str | None = None
    ) -> User:
        """Another role, or another password, which ends their sessions."""
        sent = {"role": role, "password": password}
        sent = {key: value for key, value in sent.items() if value is not None}
        return cast(User, self._json("PATCH", _user_path(name), json=sent, of_server=True))

    def remove_user(self, name: str) -> None:
        self._call("DELETE", _user_path(name), of_server=True)

    def keys(self) -> list[Key]:
        return cast(list[Key], self._json("GET", "/keys", of_server=True)["keys"])

    def add_key(
        self, name: str, rights: Sequence[Right], *, site: str | None, days: float | None
    ) -> KeyCreated:
        """A new key, which is in the answer this once."""
        sent = {"name": name, "rights": list(rights), "site": site, "expires_in_days": days}
        return cast(KeyCreated, self._json("POST", "/keys", json=sent, of_server=True))

    def revoke_key(self, name: str) -> None:
        self._call("DELETE", f"/keys/{quote(name, safe='')}", of_server=True)

    def audit(self, *, limit: int) -> AuditPage:
        """The newest entries of the log of changes."""
        params = {"limit": limit}
        return cast(AuditPage, self._json("GET", "/audit", params=params, of_server=True))

    def auth_state(self) -> AuthState:
        """Who needs to log in, and whether anybody can yet."""
        return cast(AuthState, self._json("GET", "/auth", of_server=True))

    def me(self) -> Me:
        """Who the server takes this client for."""
        return cast(Me, self._json("GET", "/auth/me", of_server=True))

    def log_in(self, name: str, password: str) -> str:
        """Begin a session; returns its token."""
        return self._session_from("/auth/login", name=name, password=password)

    def exchange(self, code: str) -> str:
        """Begin the session of somebody who comes from the provider; returns its token."""
        return self._session_from("/auth/oidc/exchange", code=code)

    def add_first_user(self, token: str, name: str, password: str) -> str:
        """Make the first user with the server's one-time token; returns their session's token."""
        return self._session_from("/auth/first-user", token=token, name=name, password=password)

    def log_out(self, *, everywhere: bool) -> None:
        """End the session, or all of this user."""
        params = {"everywhere": str(everywhere).lower()}
        self._call("POST", "/auth/logout", params=params, of_server=True)

    def change_password(self, current: str, new: str) -> None:
        sent = {"current": current, "new": new}
        self._call("POST", "/auth/password", json=sent, of_server=True)

    def _session_from(self, path: str, **sent: str) -> str:
        """The token of a session that begins: the server gives it as a cookie alone."""
        response = self._call("POST", path, json=sent, of_server=True)
        # It is sent as a header from now on, for one person; the jar is the whole client's.
        self._session.cookies.clear()
        for cookie in response.cookies:
            if cookie.name in SESSION_COOKIES and cookie.value:
                return cookie.value
        raise ApiDown(f"{self.base_url} began no session; is there a proxy that drops cookies?")


def _user_path(name: str) -> str:
    return f"/users/{quote(name, safe='')}"
