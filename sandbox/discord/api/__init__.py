"""REST under /api/v10."""
