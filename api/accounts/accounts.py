"""Users, sessions and keys: who a token stands for, and what is done about people."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from api.accounts.credentials import lookup, passwords, tokens
from api.accounts.credentials.attempt_limits import AttemptLimits
from api.accounts.credentials.verified_tokens import VERIFIED_FOR_S, VerifiedTokens
from api.accounts.first_user import FirstUserToken
from api.accounts.names import account_name
from api.accounts.principal import Principal
from api.accounts.rights import RIGHTS_OF, Right, Role
from api.accounts.session import LoggedIn, SessionPolicy
from api.clock import now as wall_clock
from api.errors import Forbidden, InvalidRequest, NotAuthenticated
from api.records.accounts import keys, sessions, users
from api.records.accounts.keys import KeyRecord
from api.records.accounts.sessions import SessionRecord
from api.records.accounts.users import UserRecord
from api.registry.sites.site_names import site_name

logger = logging.getLogger(__name__)

UNKNOWN = (
    "The session or key is not known: it ended, was revoked, or never was. Log in again "
    "(POST /auth/login), or ask an admin for a key."
)
HOW_TO_COME_IN = (
    "Log in (POST /auth/login), or send a key as `Authorization: Bearer rgn_…`. Whoever is at the "
    "server's own machine adds a user with `python -m api user add NAME`."
)
NOBODY_YET = (
    "Only the server's own machine is let in until there is a user. Add one there with `python -m "
    "api user add NAME --role admin`, or open the UI, or POST /auth/first-user, with the one-time "
    "token that the server wrote to its log when it started."
)


class Accounts:
    """Everything about who asks; methods block on the records, but for `remembered`."""

    def __init__(
        self,
        database: Engine,
        policy: SessionPolicy,
        first_user: FirstUserToken,
        *,
        clock: Callable[[], datetime] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database, self.policy, self.first_user = database, policy, first_user
        self._clock, self._monotonic = clock, monotonic
        self._limits = AttemptLimits(database, clock)
        self._verified = VerifiedTokens(monotonic)
        self._has_users: tuple[bool, float] = (False, float("-inf"))

    def remembered(self, token: str) -> Principal | None:
        """Who a token stands for, if that was looked up a moment ago; does not block.

        Raises: NotAuthenticated if it stood for nobody.
        """
        found = self._verified.find(tokens.digest(token))
        if found == (None,):
            raise NotAuthenticated(UNKNOWN)
        return found[0] if found else None

    def verify(self, token: str) -> Principal:
        """Who a token stands for.

        Raises: NotAuthenticated if it is unknown, expired or revoked; StoreBusy, StorageFailed.
        """
        if len(token) > tokens.MAX_LENGTH:
            raise NotAuthenticated(UNKNOWN)
        token_sha256 = tokens.digest(token)
        now, changes = self._clock(), self._verified.changes
        if token.startswith(tokens.KEY_PREFIX):
            principal = lookup.of_key(self.database, token_sha256, now=now)
        else:
            principal = lookup.of_session(
                self.database, token_sha256, now=now, idle=self.policy.idle
            )
        self._verified.remember(token_sha256, principal, changes)
        if principal is None:
            raise NotAuthenticated(UNKNOWN)
        return principal

    def require_token(self) -> NotAuthenticated:
        """What is said to somebody who sent nothing. Raises: StoreBusy, StorageFailed."""
        return NotAuthenticated(HOW_TO_COME_IN if self.has_users() else NOBODY_YET)

    def has_users(self) -> bool:
        """Whether anybody can log in, as of a moment ago. Raises: StoreBusy, StorageFailed."""
        found, until = self._has_users
        if until <= self._monotonic():
            found = users.exist(self.database)
            self._has_users = found, self._monotonic() + VERIFIED_FOR_S
        return found

    def log_in(
        self, name: str, password: str, *, address: str, former: str | None = None
    ) -> LoggedIn:
        """Begin a session; takes as long for a name that nobody has.

        Args:
            address: where they come from, as text.
            former: the token of a session that they leave for this one.

        Raises: NotAuthenticated, TooManyAttempts, StoreBusy, StorageFailed.
        """
        name = name.strip().lower()
        user = self._authenticated(name, password, address)
        again = passwords.hash_password(password) if self._is_outdated(user) else None
        users.note_login(self.database, user.name, password_hash=again)
        if former is not None:
            self.log_out(former)
        logger.info("logged in user=%s", user.name)
        return self.begin_session(user.name, Role(user.role))

    def log_out(self, token: str, *, everywhere: bool = False) -> str | None:
        """End a session, or all of its person; a token that is none is none already.

        Returns: whose it was; None if it was nobody's.

        Raises: StoreBusy, StorageFailed.
        """
        token_sha256 = tokens.digest(token)
        found = sessions.find(self.database, token_sha256)
        if found is None:
            return None
        if everywhere:
            sessions.end_all(self.database, found[0].user)
        else:
            sessions.end(self.database, token_sha256)
        self.forget()
        logger.info("logged out user=%s everywhere=%s", found[0].user, everywhere)
        return found[0].user

    def change_own_password(
        self, name: str, current: str, new: str, *, address: str, token: str
    ) -> None:
        """Replace somebody's password by a new one; their other sessions end.

        Raises: NotAuthenticated, TooManyAttempts, InvalidRequest, StoreBusy, StorageFailed.
        """
        self._authenticated(name, current, address)
        if new == current:
            raise InvalidRequest("The new password is the old one; choose another.")
        self._set_password(name, new, spares=tokens.digest(token))

    def add_first_user(self, token: str, name: str, password: str, *, address: str) -> LoggedIn:
        """Make the first user, an admin, and log them in.

        Raises: NotAuthenticated, TooManyAttempts, InvalidRequest, Conflict, StoreBusy,
            StorageFailed.
        """
        self._limits.admit("the first user", address)
        self.first_user.check(token)
        user = _new_user(name, Role.ADMIN, password)
        users.add(self.database, user, only_as_the_first=True)
        self.first_user.drop()
        self.forget()
        logger.info("first user added user=%s", user.name)
        return self.begin_session(user.name, Role.ADMIN)

    def add_user(self, name: str, role: Role, password: str) -> UserRecord:
        """Let somebody log in. Raises: InvalidRequest, Conflict, StoreBusy, StorageFailed."""
        user = _new_user(name, role, password)
        users.add(self.database, user)
        self.first_user.drop()
        self.forget()
        return user

    def add_external(self, user: UserRecord) -> None:
        """Keep somebody whom a provider knows.

        Raises: Conflict if a key has the name, StoreBusy, StorageFailed.
        """
        users.add(self.database, user)
        self.first_user.drop()
        self.forget()

    def change_user(
        self, name: str, *, role: Role | None = None, password: str | None = None
    ) -> None:
        """Give somebody another role or password; a new password ends all their sessions.

        Raises: NotFound, InvalidRequest, Conflict, StoreBusy, StorageFailed.
        """
        if role is not None:
            users.change(self.database, name, role=role, keeps_one=Role.ADMIN)
        if password is not None:
            self._set_password(name, password)
        self.forget()

    def remove_user(self, name: str) -> None:
        """Somebody may not log in any more.

        Raises: NotFound, Conflict, StoreBusy, StorageFailed.
        """
        users.remove(self.database, name, keeps_one=Role.ADMIN)
        self.forget()

    def open_sessions(self) -> dict[str, int]:
        """How many sessions each person has open. Raises: StoreBusy, StorageFailed."""
        now = self._clock()
        return sessions.counts(self.database, now=now, idle_since=now - self.policy.idle)

    def add_key(
        self,
        name: str,
        rights: frozenset[Right],
        *,
        by: Principal,
        site: str | None = None,
        lifetime: timedelta | None = None,
    ) -> tuple[str, KeyRecord]:
        """Make a key for a machine; returns it, this once, with what is kept of it.

        Args:
            by: whose rights the key's are a part of.
            lifetime: None: until it is revoked.

        Raises: Forbidden, InvalidRequest, Conflict, StoreBusy, StorageFailed.
        """
        if not rights:
            raise InvalidRequest(f"A key needs at least one right of: {', '.join(Right)}.")
        if beyond := rights - by.rights:
            raise Forbidden(
                f"A key has only rights that you have; you have not: {', '.join(sorted(beyond))}."
            )
        key, now = tokens.new_key(), self._clock()
        record = KeyRecord(
            name=account_name(name),
            token_sha256=tokens.digest(key),
            rights=tuple(sorted(rights)),
            site=site_name(site) if site is not None else None,
            created_by=by.name,
            created_at=now,
            expires_at=now + lifetime if lifetime else None,
        )
        keys.add(self.database, record)
        return key, record

    def revoke_key(self, name: str) -> None:
        """A key opens nothing any more. Raises: NotFound, StoreBusy, StorageFailed."""
        keys.revoke(self.database, name)
        self.forget()

    def _authenticated(self, name: str, password: str, address: str) -> UserRecord:
        self._limits.admit(name, address)
        user = users.find(self.database, name)
        if not passwords.fits(user.password_hash if user else None, password) or user is None:
            # A password may have been typed in place of the name.
            logger.warning("log-in refused user=%s", user.name if user else "(unknown)")
            raise NotAuthenticated("The name or the password is wrong.")
        self._limits.succeeded(name, address)
        return user

    def begin_session(self, user: str, role: Role) -> LoggedIn:
        """A session of somebody who has said who they are. Raises: StoreBusy, StorageFailed."""
        token, now = tokens.new_session_token(), self._clock()
        expires_at = now + self.policy.absolute
        record = SessionRecord(tokens.digest(token), user, now, now, expires_at)
        sessions.add(self.database, record, idle_since=now - self.policy.idle)
        return LoggedIn(token, Principal(user, "user", RIGHTS_OF[role]), expires_at)

    def _set_password(self, name: str, password: str, *, spares: str | None = None) -> None:
        passwords.check_password(password, name=name)
        users.get(self.database, name)
        new = passwords.hash_password(password)
        users.change(self.database, name, password_hash=new, keeps_one=Role.ADMIN, spares=spares)
        self.forget()

    def _is_outdated(self, user: UserRecord) -> bool:
        return passwords.is_outdated(user.password_hash)

    def forget(self) -> None:
        """Look up again who a token stands for: somebody was changed."""
        self._verified.forget()
        self._has_users = False, float("-inf")


def _new_user(name: str, role: Role, password: str) -> UserRecord:
    name, now = account_name(name), wall_clock()
    passwords.check_password(password, name=name)
    return UserRecord(name, role, passwords.hash_password(password), now, now)
