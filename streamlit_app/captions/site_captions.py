"""One sentence for each thing that a site profile says."""

from api_types import SiteDetail, SiteFit, SiteSummary
from formatting import images, percent
from language.api_sentences import translated
from language.catalogue import _
from language.numbers import written


def metrics(fit: SiteFit) -> str:
    """How far both columns can be trusted."""
    return _(
        "On the {images} of the check ({healthy} without and {findings} with a "
        "finding), each film judged by a profile that was made without it. In "
        "brackets: intervals of 95 %."
    ).format(images=images(fit["n"]), healthy=fit["healthy"], findings=fit["findings"])


def rules(fit: SiteFit) -> str:
    """What is referred from now on, and what calibration changes."""
    bound, least = fit["refer"]["max_error"], fit["refer"]["bands"][0]["max_error"]
    parts = [
        _(
            "A score is referred where more than {bound} of the films of a kind would "
            "be answered wrong ({least} is the least that as many films can prove)"
        ).format(bound=percent(bound), least=percent(least)),
        _("the score's log-odds are multiplied by {scale} and shifted by {shift}").format(
            scale=written(fit["calibration"]["scale"], ".2f"),
            shift=written(fit["calibration"]["shift"], "+.2f"),
        ),
    ]
    for name, limit in fit["limits"].items():
        if limit["factor"] > 1:
            words = {"unlikeness": _("distance to the training films")}.get(
                name, _("site distance")
            )
            parts.append(
                _(
                    "the limit of the {words} is {factor} times the card's, so that at most "
                    "{max_refused} of such films are refused"
                ).format(
                    words=words,
                    factor=written(limit["factor"], ".2f"),
                    max_refused=percent(limit["max_refused"]),
                )
            )
    return "; ".join(parts) + "."


def made(site: SiteDetail) -> str:
    """What a click did."""
    return _(
        "Films of {site} are decided by their profile from now on; choose the site "
        "on Diagnose, or name it as the source where a program sends them."
    ).format(site=site["site"])


def undone(site: SiteDetail) -> str:
    """What a click took back."""
    if site["profile"] is None:
        return _("Films of {site} are decided by the model's card again.").format(site=site["site"])
    return _("Films of {site} are decided by the profile before again.").format(site=site["site"])


def problem(site: SiteSummary) -> str:
    """Why a profile is not applied; empty: it is, or there is none."""
    if site["problem"]:
        return f"{site['site']}: {translated(site['problem'])}"
    if not site["is_stale"]:
        return ""
    return _(
        "The profile of {site} was made with {version}, and {answered_by} answers, "
        "so it is not applied: check the site's films again and make it anew."
    ).format(site=site["site"], version=site["version"], answered_by=site["answered_by"])
