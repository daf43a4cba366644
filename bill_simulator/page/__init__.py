"""Page for people at `/`, and its data endpoints."""
