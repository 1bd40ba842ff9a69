"""What one answer says, in sentences: the decision, a finding, its kind, why, what it is worth."""

from collections.abc import Mapping

from api_types import Prediction
from formatting import CAUSES, percent
from worklist.rows import NO_FILM, is_film

SENTENCES = {
    "positive": "The model sees a finding on this film.",
    "negative": "The model sees no finding on this film.",
    "accept": "This film has an answer.",
    "refer": "A person must look at this film.",
}
NO_SUCH_FILM = "The picture is unlike the films that the model knows. A person must look."


def decision(answer: Prediction) -> str:
    """The decision in one sentence."""
    return SENTENCES[answer["decision"]] if is_film(answer) else NO_SUCH_FILM


def finding(answer: Prediction, negative_class: str | None) -> tuple[str, str] | None:
    """How probable any finding is, with the threshold; None where no class is the negative one."""
    if negative_class is None:
        return None
    words = probability(answer["score"])
    if answer["threshold"] is None:
        return words, ""
    return words, f"called positive from {percent(answer['threshold'])} on"


def kind(answer: Prediction, negative_class: str | None) -> tuple[str, str]:
    """The most probable kind of finding, and how probable it is."""
    kinds = {n: p for n, p in answer["probabilities"].items() if n != negative_class}
    name = max(kinds, key=kinds.__getitem__)
    return name, probability(kinds[name])


def probability(share: float) -> str:
    """In percent, and never a certainty that is none."""
    if share > 0.999:
        return "more than 99.9 %"
    return "less than 0.1 %" if share < 0.001 else percent(share)


def causes(answer: Prediction) -> str:
    """'uncertain, poor picture'; empty where a decision was made."""
    return ", ".join(CAUSES.get(cause, cause) for cause in answer["causes"])


def worth(answer: Prediction) -> str | None:
    """What this decision is worth here, in films of a hundred; None where it is not known."""
    shares = {"positive": (answer["ppv"], "a finding"), "negative": (answer["npv"], "none")}
    share, what = shares.get(answer["decision"], (None, ""))
    prevalence = answer["prevalence"]
    if share is None or prevalence is None:
        return None
    called = "called positive" if answer["decision"] == "positive" else "called negative"
    return (
        f"Of 100 films {called} here, {of_hundred(share)} show {what} (operating point "
        f"{answer['operating_point']}, {percent(prevalence)} of films with a finding)."
    )


def of_hundred(share: float) -> str:
    """'about 93', and never a certainty that is none."""
    if 0 < share < 0.01:
        return "fewer than 1"
    if 0.99 < share < 1:
        return "more than 99"
    return f"about {100 * share:.0f}"


def footnote(answer: Prediction) -> str:
    """Version, time, site and distance."""
    timings, unlikeness = answer["timings"], answer["unlikeness"]
    parts = [
        f"Model {answer['model_version']}",
        f"{timings['total_ms']:.0f} ms ({timings['decode_ms']:.0f} decoding, "
        f"{timings['inference_ms']:.0f} inference)",
    ]
    if answer["source"]:
        parts.append(f"from {answer['source']}")
    if unlikeness is not None:
        parts.append(f"distance to the training films {unlikeness:.2f} × the limit")
    return " · ".join(parts)


def choices(
    answer: Prediction, labels: Mapping[str, str], negative_class: str | None, *, was_right: bool
) -> list[str]:
    """What a film may have shown, if the decision was right or wrong.

    Args:
        labels: all that a film may be labelled with, those of some finding included.

    Returns: names of labels; all of them where the decision does not tell.
    """
    if negative_class is None or answer["decision"] not in {"positive", "negative"}:
        if was_right and answer["decision"] == "accept":
            return [answer["label"]]
        return [n for n in labels if was_right or n != answer["label"]]
    had_finding = (answer["decision"] == "positive") == was_right
    return [name for name in labels if (name != negative_class) == had_finding]


def is_other_film(answer: Prediction) -> bool:
    """Whether label, bars and heat map would only mislead."""
    return bool(NO_FILM & set(answer["causes"]))
