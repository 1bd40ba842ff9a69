"""One sentence for each thing that a site profile says."""

from api_types import SiteDetail, SiteFit, SiteSummary
from formatting import images, percent


def figures(fit: SiteFit) -> str:
    """How far both columns can be trusted."""
    return (
        f"On the {images(fit['n'])} of the check ({fit['healthy']} without and {fit['findings']} "
        "with a finding), each film judged by a profile that was made without it. In brackets: "
        "intervals of 95 %."
    )


def rules(fit: SiteFit) -> str:
    """What is referred from now on, and what calibration changes."""
    bound, least = fit["refer"]["max_error"], fit["refer"]["bands"][0]["max_error"]
    parts = [
        f"A score is referred where more than {percent(bound)} of the films of a kind would be "
        f"answered wrong ({percent(least)} is the least that as many films can prove)",
        f"the score's log-odds are multiplied by {fit['calibration']['scale']:.2f} and shifted by "
        f"{fit['calibration']['shift']:+.2f}",
    ]
    for name, limit in fit["limits"].items():
        if limit["factor"] > 1:
            words = {"unlikeness": "distance to the training films"}.get(name, "site distance")
            parts.append(
                f"the limit of the {words} is {limit['factor']:.2f} times the card's, so that at "
                f"most {percent(limit['max_refused'])} of such films are refused"
            )
    return "; ".join(parts) + "."


def made(site: SiteDetail) -> str:
    """What a click did."""
    return (
        f"Films of {site['site']} are decided by their profile from now on; choose the site on "
        "Diagnose, or send source=… with a request."
    )


def undone(site: SiteDetail) -> str:
    """What a click took back."""
    if site["profile"] is None:
        return f"Films of {site['site']} are decided by the model's card again."
    return f"Films of {site['site']} are decided by the profile before again."


def problem(site: SiteSummary) -> str:
    """Why a profile is not applied; empty: it is, or there is none."""
    if site["problem"]:
        return f"{site['site']}: {site['problem']}"
    if not site["is_stale"]:
        return ""
    return (
        f"The profile of {site['site']} was made with {site['version']}, and "
        f"{site['answered_by']} answers, so it is not applied: check the site's films again and "
        "make it anew."
    )
