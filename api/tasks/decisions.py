"""What is decided about an input, as answers, records, counters and reports name it."""

from api.tasks.states import State


class Decided(State):
    """What the rules of a card make of probabilities."""

    NEGATIVE = "negative"
    POSITIVE = "positive"
    # Of a task in which no class is negative.
    ACCEPT = "accept"
    # A person must look.
    REFER = "refer"
