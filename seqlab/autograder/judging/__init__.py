"""What asks and judges: a check's trial, comparisons, verdicts, and the processes that it asks."""
