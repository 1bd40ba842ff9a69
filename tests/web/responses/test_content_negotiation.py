"""Which form of answer a client wants."""

import pytest
from starlette.exceptions import HTTPException

from api.web.responses.content_negotiation import CSV, JSON, NDJSON, negotiated_format


class TestAccept:
    @pytest.mark.parametrize(
        ("accept", "form"),
        [
            ("*/*", JSON),
            ("", JSON),
            (",", JSON),
            ("application/*", JSON),
            ("application/json", JSON),
            ("application/x-ndjson", NDJSON),
            ("text/csv", CSV),
            ("Text/CSV; header=present", CSV),
            ("text/*", CSV),
            ("text/csv;q=0.5, application/x-ndjson;q=0.9", NDJSON),
            ("application/json;q=0.1, */*", NDJSON),
            ("application/json;q=0, text/csv;q=0.2, */*;q=0.1", CSV),
            ("text/html, */*;q=0.1", JSON),
            ("text/csv;q=high", CSV),
        ],
    )
    def test_the_one_it_likes_best_is_given(self, accept: str, form: str) -> None:
        assert negotiated_format(accept) == form

    @pytest.mark.parametrize("accept", ["text/html", "image/*", "text/csv;q=0", "*/*;q=0"])
    def test_what_cannot_be_given_is_refused(self, accept: str) -> None:
        with pytest.raises(HTTPException, match="text/csv") as refused:
            negotiated_format(accept)

        assert refused.value.status_code == 406
