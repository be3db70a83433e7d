"""What the admin shows of points."""

from points.admin import imports, pushes, sweeps

__all__ = ["imports", "pushes", "sweeps"]
