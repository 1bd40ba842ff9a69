"""What a task's inputs are split into, as cards, replay memories and samples name it."""

# Learned from; chosen on, as thresholds are; measured on, and never learned from.
TRAIN, VALIDATION, HOLDOUT = "train", "validation", "holdout"
