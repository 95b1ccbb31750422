"""Segmind: what it is asked, what its answers mean, and what may be asked how often."""
