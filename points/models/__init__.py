"""What points keep: packages, periodic plans, imports of CSV files, withdrawals that other sites pushed, fees brought home."""

from points.models.imports import Import, ImportLine
from points.models.packages import PointPackage
from points.models.plans import Plan, PlanRun
from points.models.pushes import PushedWithdrawal
from points.models.sweeps import FeeSweep

__all__ = ["FeeSweep", "Import", "ImportLine", "Plan", "PlanRun", "PointPackage", "PushedWithdrawal"]
