"""What a version was judged with for sites: `site_candidate.json` beside its weights."""

from pydantic import ValidationError

from api.errors import InvalidCheckpoint
from api.files import read_bounded
from api.model_card.sites.site_candidate import SiteCandidate
from api.registry.signing.artefacts import site_candidate_path
from api.registry.sites.site_files import MAX_BYTES
from api.registry.sites.site_names import site_key
from api.registry.store import Checkpoint


def read_site_candidate(checkpoint: Checkpoint) -> SiteCandidate | None:
    """None where a version was not judged for sites. Raises: InvalidCheckpoint."""
    path = site_candidate_path(checkpoint.weights)
    try:
        content = read_bounded(path, max_bytes=MAX_BYTES)
        found = SiteCandidate.model_validate_json(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as exc:
        raise InvalidCheckpoint(
            f"'{path.name}' of '{checkpoint.version}' cannot be read; restore it."
        ) from exc
    fits = {
        site_key(site): fit.model_copy(update={"version": checkpoint.version})
        for site, fit in found.fits.items()
    }
    return SiteCandidate(verdict=found.verdict, fits=fits)
