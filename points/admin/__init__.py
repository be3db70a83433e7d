"""What the admin shows of points."""

from points.admin import imports, packages, plans, pushes, sweeps

__all__ = ["imports", "packages", "plans", "pushes", "sweeps"]
