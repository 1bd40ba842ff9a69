"""Log-ins by an OpenID provider: whose account it is, what they may, and the way back to the UI."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.accounts.accounts import Accounts
from api.accounts.credentials import tokens
from api.accounts.names import account_name
from api.accounts.oidc import Claims, OidcClient, OidcProvider
from api.accounts.rights import RIGHTS_OF, Role
from api.accounts.session import LoggedIn
from api.clock import now as wall_clock
from api.errors import Forbidden, InvalidRequest, NotAuthenticated
from api.records.accounts import login_codes, sessions, users
from api.records.accounts.users import UserRecord
from api.settings import Settings

logger = logging.getLogger(__name__)

# How long somebody has to log in at the provider, and the UI to fetch the session.
FLOW_LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(seconds=60)
MAX_GROUPS = 1000
# No hash of argon2: no password fits.
NO_PASSWORD = "-"


@dataclass(frozen=True, slots=True)
class Flow:
    """What a browser keeps between leaving for the provider and coming back; all random."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Flow":
        """256 bits each."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @classmethod
    def parsed(cls, text: str) -> "Flow | None":
        """From what `packed` gave; None if it is something else."""
        parts = text.split(".")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    @property
    def packed(self) -> str:
        return f"{self.state}.{self.nonce}.{self.verifier}"


@dataclass(frozen=True, slots=True)
class Mapped:
    """How claims are read: which one is the name, which the groups, and what a group may."""

    name_claim: str
    groups_claim: str
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """Log-ins by one provider; methods block on the network and the records."""

    accounts: Accounts
    provider: OidcProvider
    mapped: Mapped
    clock: Callable[[], datetime] = wall_clock

    def begin(self) -> tuple[Flow, str]:
        """A flow to keep in the browser, and where to send it. Raises: ProviderDown."""
        flow = Flow.new()
        url = self.provider.login_url(state=flow.state, nonce=flow.nonce, verifier=flow.verifier)
        return flow, url

    def log_in(self, flow: Flow | None, *, state: str, code: str) -> UserRecord:
        """The account of whoever came back; it is made at their first log-in.

        Args:
            flow: what their browser kept; None: nothing.

        Raises: NotAuthenticated, Forbidden, ProviderDown, StoreBusy, StorageFailed.
        """
        if flow is None or not secrets.compare_digest(flow.state.encode(), state.encode()):
            raise NotAuthenticated(
                "This log-in was not begun in this browser, or too long ago; begin again."
            )
        claims = self.provider.claims(code, nonce=flow.nonce, verifier=flow.verifier)
        try:
            role = self._role(claims)
        except Forbidden:
            self._end_sessions(str(claims["sub"]))
            raise
        user = self._user(str(claims["sub"]), role, claims)
        users.note_login(self.accounts.database, user.name)
        logger.info("logged in user=%s by=%s", user.name, self.provider.client.issuer)
        return user

    def session_of(self, user: UserRecord) -> LoggedIn:
        """Begin a session. Raises: StoreBusy, StorageFailed."""
        return self.accounts.begin_session(user.name, Role(user.role))

    def code_of(self, user: UserRecord) -> str:
        """What the UI fetches a session with, once and soon: a session's token has no place in an
        address. Raises: StoreBusy, StorageFailed."""
        code, now = secrets.token_urlsafe(32), self.clock()
        login_codes.add(
            self.accounts.database,
            tokens.digest(code),
            user.name,
            now=now,
            until=now + CODE_LIFETIME,
        )
        return code

    def exchange(self, code: str) -> LoggedIn:
        """The session that a code is for. Raises: NotAuthenticated, StoreBusy, StorageFailed."""
        name = login_codes.take(self.accounts.database, tokens.digest(code), now=self.clock())
        user = users.find(self.accounts.database, name) if name else None
        if user is None:
            raise NotAuthenticated("This log-in was used already, or is too old; begin again.")
        return self.session_of(user)

    def _end_sessions(self, subject: str) -> None:
        """The provider has just said that this person may do nothing here any more."""
        issuer, database = self.provider.client.issuer, self.accounts.database
        if known := users.find_external(database, issuer, subject):
            sessions.end_all(database, known.name)
            self.accounts.forget()

    def _role(self, claims: Claims) -> Role:
        """The one with most rights of those that their groups give."""
        found = claims.get(self.mapped.groups_claim, ())
        groups = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        roles = [
            self.mapped.roles[g] for g in map(str, groups[:MAX_GROUPS]) if g in self.mapped.roles
        ]
        if not roles:
            raise Forbidden(
                "You are known to the provider, but none of your groups may use this server; ask "
                "whoever runs it (ROENTGEN_OIDC_ROLES)."
            )
        return max(roles, key=lambda role: len(RIGHTS_OF[role]))

    def _user(self, subject: str, role: Role, claims: Claims) -> UserRecord:
        issuer, database = self.provider.client.issuer, self.accounts.database
        user = users.find_external(database, issuer, subject)
        if user is None:
            user = self._new_user(issuer, subject, role, claims)
            self.accounts.add_external(user)
        elif user.role != role:
            # What the provider says counts, also of the last admin: the command line adds another.
            users.set_role(database, user.name, role)
            self.accounts.forget()
        return users.get(database, user.name)

    def _new_user(self, issuer: str, subject: str, role: Role, claims: Claims) -> UserRecord:
        claimed = next(
            (str(claims[c]) for c in (self.mapped.name_claim, "email", "sub") if claims.get(c)), ""
        )
        try:
            name, now = account_name(claimed), self.clock()
        except InvalidRequest as exc:
            raise Forbidden(
                f"The provider's name for you cannot be one here. {exc.message} Choose another "
                "claim (ROENTGEN_OIDC_NAME_CLAIM)."
            ) from exc
        if users.find(self.accounts.database, name) is not None:
            raise Forbidden(
                f"There is another account '{name}' here, with a password of its own; an admin "
                "removes it before you log in by the provider."
            )
        return UserRecord(name, role, NO_PASSWORD, now, now, issuer=issuer, subject=subject)


def open_single_sign_on(settings: Settings, accounts: Accounts) -> SingleSignOn | None:
    """That of the settings; None where they name no provider. Nobody is asked yet."""
    if not settings.oidc_issuer:
        return None
    client = OidcClient(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        scopes=settings.oidc_scopes,
        redirect_uri=f"{settings.public_url.rstrip('/')}/auth/oidc/callback",
    )
    mapped = Mapped(
        settings.oidc_name_claim,
        settings.oidc_groups_claim,
        {group: Role(role) for group, role in settings.oidc_roles.items()},
    )
    return SingleSignOn(accounts, OidcProvider(client), mapped)
