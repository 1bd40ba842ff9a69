"""Who is told of alerts and results."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from api.setting_groups.checks import (
    dicom_destinations,
    http_urls,
    logins_of_destinations,
    secret_of_webhooks,
    urls_or_file,
)


class MessageSettings(BaseModel):
    """Who is told of alerts and results."""

    alerts_file: str = Field(
        "", description="File of alert rules of your own, beside those in `api/monitoring`."
    )
    notify: Annotated[str, AfterValidator(urls_or_file)] = Field(
        "",
        repr=False,
        description="Where people are told of alerts: Apprise URLs as JSON, "
        '`["mailto://…", "slack://…"]`, or the path of a file with one a line.',
    )
    webhooks: Annotated[tuple[str, ...], AfterValidator(http_urls)] = Field(
        (),
        repr=False,
        description="URLs that are sent every promotion, refusal, rollback, alarm and ended job, "
        'as JSON: `["https://…"]`; each message is signed.',
    )
    webhook_secret: Annotated[str, AfterValidator(secret_of_webhooks)] = Field(
        "",
        repr=False,
        validate_default=True,
        description="What webhooks are signed with, at least 16 characters.",
    )
    destinations: Annotated[tuple[str, ...], AfterValidator(dicom_destinations)] = Field(
        (),
        repr=False,
        description="DICOMweb services that are sent structured report and secondary capture of "
        'every instance that came by STOW-RS, as JSON: `["https://pacs.example.org/dicom-web"]`.',
    )
    destination_logins: Annotated[dict[str, str], AfterValidator(logins_of_destinations)] = Field(
        {},
        repr=False,
        description="How to log in to them, by host, as JSON: "
        '`{"pacs.example.org": "user:password"}`, or `"Bearer token"`.',
    )
    send_hours: float = Field(
        24.0,
        gt=0,
        description="How long a message that does not arrive is tried again, in hours.",
    )
