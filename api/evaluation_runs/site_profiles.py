"""Whether a finished site check may become a site profile."""

from api.errors import Conflict, InvalidRequest, NotEnoughSamples
from api.model_card.sites.site_profile import SiteFit
from api.model_card.sites.site_report import SiteReport


def check_reason(reason: str, *, force: bool) -> None:
    """Raises: InvalidRequest where an objection is to be overruled without saying why."""
    if force and not reason.strip():
        raise InvalidRequest("With force=true say why, as reason=…; it is kept with the profile.")


def usable_fit(report: SiteReport, *, version: str, force: bool) -> SiteFit:
    """What the films of a check make of a profile for films that `version` answers.

    Args:
        force: use it in spite of an objection.

    Raises: NotEnoughSamples, Conflict.
    """
    fit = report.profile
    if fit is None:
        raise NotEnoughSamples(report.no_profile)
    if fit.version != version:
        raise Conflict(
            f"These films were checked with {fit.version}, and {version} answers this site; "
            f"check them again with {version}."
        )
    if fit.objection and not force:
        raise Conflict(
            f"{fit.objection} To use the profile all the same, send force=true and a reason."
        )
    return fit
