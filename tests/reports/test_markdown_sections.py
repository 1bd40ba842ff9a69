"""Sections of documents that the program writes."""

from pathlib import Path

import pytest

from api.errors import NotFound
from api.reports.markdown_sections import replace_section, section

TEXT = "before\n<!-- a -->\nold\n<!-- /a -->\nafter \\1\n<!-- b -->\n<!-- /b -->\n"


class TestSections:
    def test_only_what_is_between_the_marks_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "doc.md"
        path.write_text(TEXT)

        replace_section(path, "a", "new \\1\n")

        assert path.read_text() == TEXT.replace("old", "new \\1")
        assert section(path.read_text(), "a") == "new \\1"

    def test_a_document_without_the_marks_is_refused_unchanged(self, tmp_path: Path) -> None:
        path = tmp_path / "doc.md"
        path.write_text(TEXT)

        with pytest.raises(NotFound, match="<!-- c -->"):
            replace_section(path, "c", "new")

        assert path.read_text() == TEXT
