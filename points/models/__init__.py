"""What points keep: imports of a CSV file, line by line."""

from points.models.imports import Import, ImportLine

__all__ = ["Import", "ImportLine"]
