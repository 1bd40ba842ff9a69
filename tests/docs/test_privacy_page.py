"""What is kept is one list: the page, the route and the tables of the database agree with it."""

import re

from api.privacy.inventory.inventory import NEVER_KEPT, what_is_kept
from api.privacy.inventory.stored_data import setting_name
from api.records.audit_log.audit_tables import audit
from api.records.tables import metadata
from api.reports.markdown import table
from api.reports.markdown_sections import section
from api.settings import PREFIX, Settings
from api.web.auditing import RIGHT_FOR, Action
from tests.docs.pages import guide

PAGE = guide("privacy.md").text


def kept_table() -> str:
    """The list with the settings as they are by themselves, as Markdown."""
    rows = [
        (
            f"**{kept.name}**",
            kept.what,
            kept.where,
            kept.how_long,
            code(setting_name(kept)),
            kept.erased_by,
        )
        for kept in what_is_kept(Settings())
    ]
    heading = ("what", "what it holds", "where", "how long", "setting", "how it goes before")
    return table(heading, rows)


def code(name: str | None) -> str:
    return f"`{name}`" if name else ""


class TestThePage:
    def test_its_table_is_the_programs(self) -> None:
        assert section(PAGE, "kept") == kept_table()

    def test_what_is_never_kept_is_the_programs(self) -> None:
        assert section(PAGE, "never kept") == "\n".join(f"- {line}" for line in NEVER_KEPT)

    def test_actions_of_requests_are_explained(self) -> None:
        below = PAGE.partition("## Who did what")[2].partition("## Back up")[0]
        explained = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.+?) \|", below, re.M))))

        assert set(map(str, Action)) - explained == set()
        assert set(RIGHT_FOR) == set(Action)


class TestTheList:
    def test_each_table_of_the_database_is_in_a_row(self) -> None:
        """A new table needs a row in `api/privacy/inventory`: what it holds, and for how long."""
        listed = {name for kept in what_is_kept(Settings()) for name in kept.tables}

        assert audit.name in metadata.tables
        assert listed == set(metadata.tables)

    def test_its_settings_exist_and_every_one_about_keeping_is_in_it(self) -> None:
        named = {kept.setting for kept in what_is_kept(Settings()) if kept.setting}
        about_keeping = {name for name in Settings.model_fields if name.startswith("keep_")}

        assert named <= set(Settings.model_fields)
        # How long kept films are kept stands in the row of `keep_images`.
        assert about_keeping - named == {"keep_images_days"}
        assert all(
            setting_name(k) in (None, f"{PREFIX}{str(k.setting).upper()}")
            for k in what_is_kept(Settings())
        )
