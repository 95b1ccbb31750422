"""Input images: a stranger's bytes become a checked, normalised picture, within a stated memory. See docs/adr/."""
