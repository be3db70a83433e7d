"""What points keep: packages for sale, imports of CSV files, withdrawals that other sites pushed, fees that were brought home."""

from points.models.imports import Import, ImportLine
from points.models.packages import PointPackage
from points.models.pushes import PushedWithdrawal
from points.models.sweeps import FeeSweep

__all__ = ["FeeSweep", "Import", "ImportLine", "PointPackage", "PushedWithdrawal"]
