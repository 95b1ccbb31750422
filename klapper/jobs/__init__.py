"""Jobs: what they are, how they may change, and where that is written down. See docs/job-states.md."""
