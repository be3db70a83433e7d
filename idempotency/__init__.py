"""Have they called before? A promise about repeats."""
