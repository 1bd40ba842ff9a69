"""What the states of things are made of that records keep and answers show."""

from enum import StrEnum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class State(StrEnum):
    """One of a few words. In the schema of an answer they stand where the field is, as plain texts
    without a schema of their own: that is what clients were generated from."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        words = core_schema.literal_schema([state.value for state in cls])
        return core_schema.no_info_after_validator_function(cls.of, words)

    @classmethod
    def of(cls, word: str) -> Self:
        """Raises: ValueError if it is none of them."""
        return cls(word)
