"""Loopback stand-ins for Discord and Segmind, and a driver that acts as members."""
