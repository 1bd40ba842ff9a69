"""Who may use the API, and how people log in."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from api.setting_groups.checks import intended, issuer, needed_for_oidc


class AccessSettings(BaseModel):
    """Who may use the API, and how people log in."""

    auth: Literal["auto", "required", "off"] = Field(
        "auto",
        description="Who needs a session or a key: `auto`: everybody but this machine itself "
        "(loopback, without a proxy); `required`: this machine too; `off`: nobody.",
    )
    auth_off_is_intended: Annotated[bool, AfterValidator(intended)] = Field(
        False,
        validate_default=True,
        description="Has to be `true` where `ROENTGEN_AUTH` is `off`: everybody who reaches the "
        "port may then read, delete and promote.",
    )
    session_idle_minutes: float = Field(
        60.0, gt=0, description="How long a session lives without a request, in minutes."
    )
    session_hours: float = Field(
        12.0, gt=0, description="How long a session lives, however much it is used, in hours."
    )
    oidc_issuer: Annotated[str, AfterValidator(issuer)] = Field(
        "",
        description="The OpenID provider by which people may log in, as it calls itself: "
        "`https://login.example.org/realms/hospital`; empty: none.",
    )
    oidc_client_id: Annotated[str, AfterValidator(needed_for_oidc)] = Field(
        "", validate_default=True, description="What this server is called there."
    )
    oidc_client_secret: str = Field(
        "", repr=False, description="Its secret there; empty: it is a public client."
    )
    oidc_scopes: str = Field(
        "openid profile email", description="What is asked for; `openid` has to be among it."
    )
    oidc_name_claim: str = Field(
        "preferred_username",
        description="The claim that is somebody's name here; where it is missing their e-mail "
        "address, then their subject.",
    )
    oidc_groups_claim: str = Field(
        "groups", description="The claim that lists somebody's groups, in the token or userinfo."
    )
    oidc_roles: dict[str, Literal["viewer", "annotator", "operator", "admin"]] = Field(
        {},
        description="The role that each group gives, as JSON: "
        '`{"radiology": "annotator", "it": "admin"}`; of several the one with most rights.',
    )
    public_url: Annotated[str, AfterValidator(needed_for_oidc)] = Field(
        "",
        validate_default=True,
        description="Where browsers reach this API: `https://xray.example.org/api`. The provider "
        "sends people back to `/auth/oidc/callback` below it.",
    )
    ui_url: str = Field(
        "",
        description="Where browsers reach the UI; people are sent there after a log-in by the "
        "provider. Empty: to the API's documentation.",
    )
