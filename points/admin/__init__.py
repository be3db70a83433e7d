"""What the admin shows of points."""

from points.admin import imports, packages, pushes, sweeps

__all__ = ["imports", "packages", "pushes", "sweeps"]
