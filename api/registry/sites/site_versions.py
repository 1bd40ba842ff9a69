"""Aliases of sites: which version answers the films of a hospital or a device, by its name.

`<task folder>/site_versions/<folder>/champion.json`, in the format of the champion's own; rows
where the champion's moves are rows. A name is free text, so the folder's is made of it by
`site_names`.
"""

import re
import unicodedata
from collections.abc import Iterator

from api.errors import AppError, StorageFailed
from api.registry.champion import Alias
from api.registry.history import CHAMPION
from api.registry.sites.site_names import site_folder

SITE_VERSIONS = "site_versions"
FOLDER_PATTERN = re.compile(r"[a-z0-9-]+-[0-9a-f]{8}")


def site_of(source: str | None) -> str | None:
    """The name of a site as a film's sender wrote it, composed and without surplus spaces.

    None if there is none.
    """
    return " ".join(unicodedata.normalize("NFC", source or "").split()) or None


def site_alias(champion: Alias, site: str) -> Alias:
    """What names the version of a site, whether or not it ever had one.

    Args:
        champion: the alias of everybody else.
        site: its name; however it is written, it is one site (`site_names.site_key`).
    """
    return Alias(champion.folder / SITE_VERSIONS / site_folder(site), site, champion.shared)


def site_aliases(champion: Alias) -> Iterator[Alias]:
    """Those of all sites that ever had a version of their own, by folder.

    Where a file is damaged and has no sound copy, the site is called as its folder.

    Raises: StorageFailed if the system does not let the folder be read; where rows are also
        StoreBusy.
    """
    home = champion.folder / SITE_VERSIONS
    if champion.shared is not None:
        for key, site in champion.shared.sites():
            yield Alias(home / key, site, champion.shared)
        return
    try:
        names = sorted(path.name for path in home.iterdir())
    except FileNotFoundError:
        return
    except OSError as exc:
        raise StorageFailed(
            f"The folder of sites, '{SITE_VERSIONS}', cannot be read ({exc.strerror}). Fix its "
            "permissions, or what the system is short of."
        ) from exc
    for name in filter(FOLDER_PATTERN.fullmatch, names):
        try:
            history = Alias(home / name, name).history()
        except AppError:
            yield Alias(home / name, name)
            continue
        if history:
            yield Alias(home / name, history[-1].site or name)


def own_version(alias: Alias) -> str | None:
    """The version that answers a site; None while the champion does.

    Raises: as `Alias.standing`.
    """
    version = alias.current()
    return None if version == CHAMPION else version
