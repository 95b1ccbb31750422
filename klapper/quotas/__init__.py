"""What a guild's managers and the operator set about credits and limits, and what of it counts for one member."""
