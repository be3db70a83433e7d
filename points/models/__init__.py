"""What points keep: imports of CSV files; withdrawals that other sites pushed; what was brought to the fee wallet."""

from points.models.imports import Import, ImportLine
from points.models.pushes import PushedWithdrawal
from points.models.sweeps import FeeSweep

__all__ = ["FeeSweep", "Import", "ImportLine", "PushedWithdrawal"]
