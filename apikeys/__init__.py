"""Who is calling: API keys and application passwords."""
