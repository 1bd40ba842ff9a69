"""The rules that distances decide, with the references they are taken to, sealed as one file."""

import hashlib
from dataclasses import dataclass

from api.arrays import Float32Array, FloatArray
from api.decision.out_of_distribution import METHODS, OodReference
from api.decision.references import References
from api.decision.site_distance import SiteReference
from api.model_card.decision_rules import AcquisitionRule, OutlierRule


@dataclass(frozen=True, slots=True)
class MeasuredReferences:
    """Rules for the card, references and their file; all None where nothing could be fitted."""

    rule: OutlierRule | None = None
    acquisition: AcquisitionRule | None = None
    references: References | None = None
    content: bytes | None = None

    def ood_distances(self, early_features: Float32Array) -> FloatArray | None:
        """(n, features) -> (n,); None: no rule."""
        if self.rule is None or self.references is None or not len(early_features):
            return None
        return METHODS[self.rule.method](self.references.ood, early_features)

    def site_distances(self, acquisition: Float32Array) -> FloatArray | None:
        """(n, features) -> (n,) over the limits; None: no rule."""
        if self.references is None or self.references.site is None or not len(acquisition):
            return None
        return self.references.site.distances(acquisition)


def measured_references(
    ood: tuple[OutlierRule, OodReference] | None,
    site: tuple[AcquisitionRule, SiteReference] | None,
) -> MeasuredReferences:
    """Both in one file, whose digest is noted in the rule; nothing without the first."""
    if ood is None:
        return MeasuredReferences()
    references = References(ood[1], site[1] if site else None)
    content = references.to_bytes()
    digest = hashlib.sha256(content).hexdigest()
    rule = ood[0].model_copy(update={"reference_sha256": digest})
    return MeasuredReferences(rule, site[0] if site else None, references, content)
