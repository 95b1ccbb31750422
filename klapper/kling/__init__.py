"""What the Kling models on Segmind take and cost. Pure: no network, no clock, no database."""
