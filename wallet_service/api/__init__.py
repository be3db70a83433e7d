"""The only code that speaks HTTP to programs: one package a family, over what they share."""
