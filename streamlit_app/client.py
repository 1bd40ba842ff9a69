"""Everything that the pages ask the API, by method."""

from api_calls.accounts import AccountCalls
from api_calls.connection import DEFAULT_URL, ApiDown, ApiError
from api_calls.intake import IntakeCalls
from api_calls.models import ModelCalls
from api_calls.predictions import PredictionCalls
from api_calls.samples import SampleCalls
from api_calls.sites import SiteCalls
from api_calls.state import StateCalls

__all__ = ["DEFAULT_URL", "ApiDown", "ApiError", "RoentgenClient", "address_of"]


class RoentgenClient(
    AccountCalls, StateCalls, PredictionCalls, SampleCalls, ModelCalls, SiteCalls, IntakeCalls
):
    """One user's connection to the API, about one task; None: the server's default one.

    Every method raises: ApiError with the server's sentence, or ApiDown.
    """


def address_of(client: RoentgenClient) -> str:
    """What tells one API, one task and one person from another where answers are cached."""
    who = sorted(client.identity.items())
    return f"{client.base_url} {client.task or ''} {who}"
