"""cmmpexapi/v1: one key, two members in every answer, always 200."""
