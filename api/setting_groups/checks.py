"""What settings must be beyond their types."""

import json
import re
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cronsim import CronSim, CronSimError
from pydantic import ValidationInfo

from api.clock import now

MIN_SECRET = 16
BEARER = "Bearer "
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks. Raises: ValueError if one is neither."""
    for each in value:
        ip_network(each, strict=False)
    return value


def cron_or_empty(value: str) -> str:
    """A cron expression, or nothing. Raises: ValueError."""
    if value:
        try:
            CronSim(value, now())
        except CronSimError as exc:
            raise ValueError(f"not a cron expression ({exc})") from exc
    return value


def intended(value: bool, info: ValidationInfo) -> bool:
    """Whether everybody may do everything. Raises: ValueError where only half of it is said."""
    if info.data.get("auth") == "off" and not value:
        raise ValueError(
            "with ROENTGEN_AUTH=off everybody who reaches the port may do everything; set "
            "ROENTGEN_AUTH_OFF_IS_INTENDED=true too if that is meant, or leave ROENTGEN_AUTH away"
        )
    return value


def issuer(value: str) -> str:
    """An OpenID provider's name. Raises: ValueError where anybody between could speak for it."""
    parts = urlsplit(value)
    is_near = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if value and not (parts.scheme == "https" or (parts.scheme == "http" and is_near)):
        raise ValueError("the provider's address has to begin with https://")
    return value


def needed_for_oidc(value: str, info: ValidationInfo) -> str:
    """What a log-in by a provider cannot do without. Raises: ValueError."""
    if info.data.get("oidc_issuer") and not value:
        raise ValueError("it has to be set where ROENTGEN_OIDC_ISSUER is")
    return value


def http_urls(value: tuple[str, ...]) -> tuple[str, ...]:
    """URLs that something can be posted to. Raises: ValueError if one is not."""
    for number, url in enumerate(value, start=1):
        _endpoint(number, url, path="path", instead="the signature says who sends it")
    return value


def dicom_destinations(value: tuple[str, ...]) -> tuple[str, ...]:
    """Bases of DICOMweb services. Raises: ValueError if one is none."""
    for number, url in enumerate(value, start=1):
        parts = _endpoint(
            number, url, path="dicom-web", instead="put it into ROENTGEN_DESTINATION_LOGINS"
        )
        if parts.query or parts.fragment or parts.path.rstrip("/").endswith("/studies"):
            raise ValueError(f"number {number} has to end before /studies, without ? or #")
    return value


def _endpoint(number: int, url: str, *, path: str, instead: str) -> SplitResult:
    """Its parts. Raises: ValueError, which repeats nothing of it: it may be secret."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError(f"number {number} is not like https://host/{path}")
    if parts.username or parts.password:
        raise ValueError(f"number {number} has a password in it; {instead}")
    return parts


def logins_of_destinations(value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    """A login for each of some hosts of the destinations. Raises: ValueError."""
    hosts = {urlsplit(url).netloc for url in info.data.get("destinations", ())}
    for host, login in value.items():
        # What is said of them must not quote them.
        if host not in hosts:
            raise ValueError("a key is not the host (and port) of any of ROENTGEN_DESTINATIONS")
        if not (login.startswith(BEARER) or (login.partition(":")[0] and ":" in login)):
            raise ValueError("a login is neither 'user:password' nor 'Bearer token'")
        if not login.isprintable() or not login.isascii():
            raise ValueError("a login has characters that no header can hold")
    return value


def blob_url(value: str) -> str:
    """A folder or a bucket, or nothing. Raises: ValueError."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        if value and not Path(value).is_absolute():
            raise ValueError("a folder has to be an absolute path; a bucket is s3://bucket/prefix")
        return value
    if scheme == "file" and rest.startswith("/"):
        return value
    if scheme != "s3" or not BUCKET.fullmatch(rest.partition("/")[0]):
        raise ValueError("it is neither a folder (/srv/roentgen) nor a bucket (s3://bucket/prefix)")
    return value


def urls_or_file(value: str) -> str:
    """A JSON list of strings, or the path of a file that can be read. Raises: ValueError."""
    if not value.startswith("["):
        if value and not Path(value).is_file():
            raise ValueError("it is neither a JSON list of Apprise URLs nor a file")
        return value
    try:
        urls = json.loads(value)
    except ValueError as exc:
        raise ValueError("it begins like a JSON list and is none") from exc
    if not all(isinstance(url, str) and "://" in url for url in urls):
        raise ValueError("every entry has to be an Apprise URL, like mailto://… or slack://…")
    return value


def secret_of_webhooks(value: str, info: ValidationInfo) -> str:
    """Long enough, and there where webhooks are. Raises: ValueError."""
    if value and len(value) < MIN_SECRET:
        raise ValueError(f"it is shorter than {MIN_SECRET} characters; use `openssl rand -hex 32`")
    if not value and info.data.get("webhooks"):
        raise ValueError("ROENTGEN_WEBHOOKS needs it; use `openssl rand -hex 32`")
    return value
