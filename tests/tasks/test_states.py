"""States are one word each, in code an enumeration, for clients a plain text."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from api.tasks.decisions import Decided


class Answer(BaseModel):
    decision: Decided


class TestAState:
    def test_it_comes_and_goes_as_a_text(self) -> None:
        answer = Answer.model_validate_json('{"decision": "refer"}')

        assert answer.decision is Decided.REFER
        assert answer.model_dump_json() == '{"decision":"refer"}'
        assert Answer(decision=Decided.REFER) == answer

    def test_its_schema_is_that_of_a_list_of_texts(self) -> None:
        schema = TypeAdapter(Answer).json_schema()

        assert "$defs" not in schema
        assert schema["properties"]["decision"] == {
            "enum": ["negative", "positive", "accept", "refer"],
            "title": "Decision",
            "type": "string",
        }

    def test_what_is_none_of_them_is_refused_with_all_of_them(self) -> None:
        with pytest.raises(ValidationError, match="'negative', 'positive', 'accept' or 'refer'"):
            Answer.model_validate({"decision": "maybe"})
