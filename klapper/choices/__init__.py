"""What members chose for themselves, and guilds for all their members."""
