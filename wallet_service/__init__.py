"""The roof: settings, URLs, and the only code that speaks HTTP."""
