"""The rule that decides whether a challenger may replace the champion, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter

from api.model_card.base import CardPart
from api.model_card.verdicts.label_issue import LabelIssue
from api.model_card.verdicts.trade_counts import TradeCounts


class GatePolicy(CardPart):
    """What a challenger must show; `[gate]` of the task file. Differences of shares in [0, 1]."""

    min_local_films: int = Field(
        8, ge=1, description="New films held out, below which nothing is promoted."
    )
    margin: float = Field(
        0.03,
        ge=0,
        description="By how much sensitivity and specificity on the remembered hold-out may be "
        "lower; that it is less must be shown, not just not refuted.",
    )
    label_margin: float = Field(
        0.05, ge=0, description="The same for balanced accuracy over the classes."
    )
    auroc_margin: float = Field(0.01, ge=0, description="The same for AUROC.")
    kind_margin: float = Field(
        0.1, ge=0, description="Largest fall of a source's or a class's share of right answers."
    )
    local_margin: float = Field(
        0.05, ge=0, description="As `margin`, of balanced accuracy on the new films held out."
    )
    significance: float = Field(
        0.05, gt=0, lt=0.5, description="Chance of a false alarm that a test may have."
    )
    max_doubtful_findings: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Share of new films that others may call ill, or well, instead.",
    )
    max_doubtful_classes: float = Field(
        0.2, gt=0, lt=1, description="Share of new films that others may give another class."
    )
    min_site_films: int = Field(
        8,
        ge=1,
        description="Films of a site held out, with a finding and without one each, below which "
        "it gets no version of its own.",
    )
    min_site_accuracy: float = Field(
        0.75,
        ge=0.5,
        le=1,
        description="Mean of sensitivity and specificity on a site's films that a version of its "
        "own must reach: labels of which a third is wrong do not allow it.",
    )
    max_wrong_labels: float = Field(
        0.3,
        gt=0,
        lt=0.5,
        description="Share of turned-over labels that a site's films must rule out: networks that "
        "did not learn them order them with an AUROC above one minus this, by its interval.",
    )
    site_margin: float = Field(
        0.1,
        ge=0,
        description="As `margin` and `label_margin`, for a version that answers one site only.",
    )
    site_auroc_margin: float = Field(0.03, ge=0, description="As `auroc_margin`, likewise.")
    site_kind_margin: float = Field(
        0.2,
        ge=0,
        description="As `kind_margin`, likewise; of sources with films of both kinds.",
    )
    site_one_sided_margin: float = Field(
        0.05,
        ge=0,
        description="Fall of AUROC of a source with findings only, or none, against the others' "
        "films of the other kind.",
    )


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of the gate."""

    name: str
    passed: bool
    detail: str
    champion: Annotated[
        float | None, Field(description="The figure of the version that served.")
    ] = None
    challenger: Annotated[
        float | None, Field(description="The same figure of the new version.")
    ] = None
    films: Annotated[
        tuple[str, ...], Field(description="SHA-256 of samples that a person should look at.")
    ] = ()
    label_issues: Annotated[
        tuple[LabelIssue, ...], Field(description="What is doubtful about these `films`.")
    ] = ()


# In the place of a version, where a site has none of its own.
ANSWERED_BY_CHAMPION = "champion"
GAIN = "gain at the site"


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """Whether the challenger may answer one site, and why."""

    site: str
    promoted: bool
    answered_by: Annotated[
        str, Field(description="The version of its own that it was compared with, or `champion`.")
    ]
    checks: tuple[Check, ...]
    version: Annotated[
        str | None,
        Field(
            description="The version that these figures are of, with a profile chosen for the "
            "site; none: they are of the version that the retraining made."
        ),
    ] = None

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Names of the conditions that were not met."""
        return tuple(check.name for check in self.checks if not check.passed)

    @property
    def gains(self) -> bool:
        """Whether the site's own films are answered better, and not by luck."""
        return any(check.name == GAIN and check.passed for check in self.checks)

    def refused(self, check: Check) -> Self:
        """The verdict where one more condition was not met."""
        return replace(self, promoted=False, checks=(*self.checks, check))


@dataclass(frozen=True, slots=True)
class Verdict:
    """For whom the challenger answers: `promoted` is for everybody, `sites` says of each site."""

    promoted: bool
    reason: str
    checks: tuple[Check, ...]
    sites: tuple[SiteVerdict, ...] = ()
    trade: Annotated[
        str, Field(description="What is gained on new films and lost on remembered ones.")
    ] = ""
    counted: Annotated[
        TradeCounts | None, Field(description="The same as counts; none: nothing was counted.")
    ] = None
    no_site: Annotated[
        str,
        Field(
            description="What to do so that a site can get a version of its own, where new films "
            "name none and the version is not for everybody."
        ),
    ] = ""

    @classmethod
    def of(cls, checks: Sequence[Check]) -> Self:
        """What the checks decide: all must pass; the reason is the decisive ones' sentences."""
        promoted = all(check.passed for check in checks)
        decisive = [check.detail for check in checks if check.passed == promoted]
        return cls(promoted, " ".join(decisive), tuple(checks))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A verdict from the records. Raises: pydantic.ValidationError if it is none."""
        return TypeAdapter(cls).validate_python(stored)

    def to_json(self) -> dict[str, Any]:
        """As it is stored in the records."""
        return asdict(self)

    def refused(self, check: Check) -> Self:
        """The verdict where one more condition was not met, whoever it was promoted for."""
        unpromoted = tuple(replace(site, promoted=False) for site in self.sites)
        return replace(
            self.of((*self.checks, check)), sites=unpromoted, trade=self.trade, counted=self.counted
        )

    def with_sites(
        self, sites: Sequence[SiteVerdict], trade: str, counted: TradeCounts | None = None
    ) -> Self:
        """The verdict with what each site may have, said in its reason."""
        judged = replace(self, sites=tuple(sites), trade=trade, counted=counted)
        if self.promoted or not sites:
            return judged
        return replace(judged, reason=f"{_for_sites(judged)} {self.reason}".strip())

    def promoted_for_all(self, reason: str) -> Self:
        """The verdict where the challenger is promoted whatever the checks for everybody say."""
        return replace(self, promoted=True, reason=reason)

    def not_promoted(self, reason: str) -> Self:
        """The verdict where the challenger was not promoted whatever the checks say."""
        unpromoted = tuple(replace(site, promoted=False) for site in self.sites)
        return replace(self, promoted=False, reason=reason, sites=unpromoted)

    @property
    def promoted_sites(self) -> tuple[str, ...]:
        """The sites that the challenger may answer, for itself or with everybody."""
        return tuple(site.site for site in self.sites if site.promoted)

    def failed_for(self, site: str | None) -> tuple[str, ...]:
        """Names of the conditions that were not met for a site; None: for everybody."""
        found = next((judged for judged in self.sites if judged.site == site), None)
        return found.failed_checks if found else self.failed_checks

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Names of the conditions that were not met for everybody."""
        return tuple(check.name for check in self.checks if not check.passed)


def _for_sites(verdict: Verdict) -> str:
    """Which sites get the version, or why one that gains does not."""
    promoted = verdict.promoted_sites
    if promoted:
        return f"It answers {_quoted(promoted)} from now on. {verdict.trade} Not for everybody:"
    failed = [
        f"{check.detail} So it is not promoted for '{site.site}' alone either."
        for site in verdict.sites
        if site.gains
        for check in site.checks
        if not check.passed
    ]
    return " ".join([*failed, "For everybody:"]) if failed else ""


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
