"""One person's data: all that is held of him, to hand out or to erase. docs/privacy.md says what goes, what stays, and why.

Each noun has a part (`parts.py` lists them). A test walks all models: a new column that refers to a user, or holds an
address, is some part's, or the test fails.
"""
