"""What points keep: imports of a CSV file, line by line; what was brought to the fee wallet."""

from points.models.imports import Import, ImportLine
from points.models.sweeps import FeeSweep

__all__ = ["FeeSweep", "Import", "ImportLine"]
