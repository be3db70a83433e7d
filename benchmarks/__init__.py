"""How fast it is: each module makes its own data on a throwaway PostgreSQL, measures, and prints what it saw."""
