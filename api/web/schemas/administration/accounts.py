"""Users, sessions and keys as the outside sees them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.accounts.rights import Right, Role
from api.web.schemas.base import Schema

Password = Field(max_length=1000)
Name = Field(max_length=100, description="Small letters, digits and any of . _ - @.")


class Incoming(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Login(Incoming):
    name: str = Name
    password: SecretStr = Password


class FirstUser(Incoming):
    token: SecretStr = Field(
        max_length=200, description="The one-time token that the server wrote to its log."
    )
    name: str = Name
    password: SecretStr = Password


class PasswordChange(Incoming):
    current: SecretStr = Password
    new: SecretStr = Password


class LoginCode(Incoming):
    code: SecretStr = Field(max_length=200, description="Of the address `?login=…`.")


class AuthState(Schema):
    """What somebody needs to know before they can log in."""

    mode: Literal["auto", "required", "off"]
    needs_first_user: bool
    oidc_login_url: str | None = Field(
        description="Where a browser logs in by the OpenID provider; null: there is none."
    )


class Me(Schema):
    """Who asks, and what they may do."""

    name: str
    kind: Literal["user", "key", "local"]
    rights: list[Right]
    site: str | None
    expires_at: datetime | None = Field(None, description="Of a session that just began: its end.")


class NewUser(Incoming):
    name: str = Name
    role: Role
    password: SecretStr = Password


class UserChange(Incoming):
    role: Role | None = None
    password: SecretStr | None = Field(
        None, max_length=1000, description="A new one; it ends all of their sessions."
    )


class User(Schema):
    """Somebody who may log in."""

    name: str
    role: Role
    rights: list[Right]
    created_at: datetime
    password_changed_at: datetime
    last_login_at: datetime | None
    open_sessions: int


class UserList(Schema):
    users: list[User]


class NewKey(Incoming):
    name: str = Name
    rights: list[Right] = Field(min_length=1, max_length=len(Right))
    site: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        pattern=r"\S",
        description="Where its requests come from: `source` of those that name none; others are "
        "refused.",
    )
    expires_in_days: float | None = Field(
        None, gt=0, le=3660, description="None: good until it is revoked."
    )


class Key(Schema):
    """A machine's key; itself it is shown once, when it is made."""

    name: str
    rights: list[Right]
    site: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Written every five minutes at most.")


class KeyCreated(Key):
    """With the key itself."""

    key: str


class KeyList(Schema):
    keys: list[Key]
