"""`/privacy`: what is kept here, and for how long."""

from dataclasses import asdict

from fastapi import APIRouter

from api.privacy.kept import NEVER_KEPT, setting_name, what_is_kept
from api.web.deps import S
from api.web.schemas.administration.privacy import Kept, Privacy

router = APIRouter(tags=["operation"])


@router.get("/privacy")
async def privacy(services: S) -> Privacy:
    """What this installation keeps, as its settings say, in plain words."""
    return Privacy(
        kept=[
            Kept.model_validate(asdict(kept) | {"setting": setting_name(kept)})
            for kept in what_is_kept(services.settings)
        ],
        never_kept=list(NEVER_KEPT),
    )
