"""`/privacy`: what is kept here, and for how long."""

from dataclasses import asdict

from fastapi import APIRouter

from api.privacy.inventory.inventory import NEVER_KEPT, what_is_kept
from api.privacy.inventory.stored_data import setting_name
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
