"""What an operator's own app looks like: `EXTRA_APPS=tests.example_app`. It uses every extension point there is."""
