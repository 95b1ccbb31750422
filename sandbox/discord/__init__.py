"""A Discord on loopback for an unmodified discord.py: REST v10, gateway, CDN and a control interface."""

from sandbox.discord.defaults import BOT_PERMISSIONS, default_world
from sandbox.discord.faults import Fault
from sandbox.discord.permissions import Permission
from sandbox.discord.server import SandboxDiscord
from sandbox.discord.world import World

__all__ = ["BOT_PERMISSIONS", "Fault", "Permission", "SandboxDiscord", "World", "default_world"]
