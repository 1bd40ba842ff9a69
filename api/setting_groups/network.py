"""Which hosts, origins, proxies and connections are accepted."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from api.setting_groups.checks import networks


class NetworkSettings(BaseModel):
    """Which hosts, origins, proxies and connections are accepted."""

    allowed_origins: tuple[str, ...] = Field(
        (),
        description='Web origins that may call the API from a browser, as JSON: `["https://…"]`.',
    )
    allowed_hosts: tuple[str, ...] = Field(
        (),
        description="Names by which this machine may ask for the API, as JSON: "
        '`["xray.example.org"]`; `*.example.org` for all below one. Localhost, addresses and the '
        "names in `ROENTGEN_ALLOWED_ORIGINS` need no entry.",
    )
    trusted_proxies: Annotated[tuple[str, ...], AfterValidator(networks)] = Field(
        (),
        description="Addresses or networks of proxies that are believed when they say who their "
        'client is (`X-Forwarded-For`), as JSON: `["10.0.0.5", "10.1.0.0/16"]`.',
    )
    max_header_seconds: float = Field(
        10.0,
        gt=0,
        description="How long the headers of a request may take, in seconds; then 408.",
    )
    max_connections: int = Field(
        2000,
        gt=0,
        description="Most connections of one serving process; for one more, the one that has "
        "waited longest without a request is closed.",
    )
    max_connections_per_address: int = Field(
        1000,
        gt=0,
        description="Most of them of one client's address; trusted proxies have as many as there "
        "are.",
    )
