"""The worlds that tests and the demo start from."""

from __future__ import annotations

from sandbox.discord.permissions import NOTHING, Permission
from sandbox.discord.places import ROLE_OVERWRITE, Channel, Guild, Overwrite
from sandbox.discord.world import World

BOT_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.EMBED_LINKS
)


def default_world(
    *,
    token: str | None = None,
    app_name: str = "Klapper",
    guild_name: str = "Klapper Sandbox",
    channels: tuple[str, ...] = ("videos", "lounge"),
    nsfw_channels: tuple[str, ...] = ("age-restricted",),
    members: tuple[str, ...] = ("Mira", "Tom"),
    bot_permissions: Permission = BOT_PERMISSIONS,
) -> World:
    """One guild with plain members, Ada (administrator, owner of nothing), Max (moderator) and the bot."""
    world = World(token=token, app_name=app_name)
    guild = world.add_guild(guild_name, owner=world.add_user("Olga"))
    for name in channels:
        world.add_channel(guild, name)
    for name in nsfw_channels:
        world.add_channel(guild, name, nsfw=True)
    admins = world.add_role(guild, "Admins", Permission.ADMINISTRATOR | Permission.MANAGE_GUILD)
    moderators = world.add_role(guild, "Moderators", Permission.MODERATE_MEMBERS | Permission.MANAGE_MESSAGES)
    for name in members:
        world.join(guild, world.add_user(name))
    world.join(guild, world.add_user("Ada"), [admins])
    world.join(guild, world.add_user("Max"), [moderators])
    if bot_permissions != NOTHING:
        world.join_bot(guild, bot_permissions)
    else:
        guild.bot_present = False
    return world


def demo_world(*, token: str | None = None) -> World:
    """A server as it may be: creators, a newcomer, and a moderator and an administrator with a channel of their own."""
    world = World(token=token)
    ada = world.add_user("Ada")
    guild = world.add_guild("Klapper Sandbox", owner=ada)
    for name in ("videos", "lounge"):
        world.add_channel(guild, name)
    world.add_channel(guild, "age-restricted", nsfw=True)
    review = world.add_channel(guild, "review")
    admins = world.add_role(guild, "Admins", Permission.ADMINISTRATOR | Permission.MANAGE_GUILD)
    moderators = world.add_role(guild, "Moderators", Permission.MODERATE_MEMBERS | Permission.MANAGE_MESSAGES)
    creators = world.add_role(guild, "Creators", NOTHING)
    for name, held in {"Mira": [creators], "Tom": [creators], "Nia": [], "Max": [moderators]}.items():
        world.join(guild, world.add_user(name), held)
    del guild.members[ada.id]  # once more, with her role and behind those whom a visitor plays first
    world.join(guild, ada, [admins])
    bot = world.join_bot(guild, BOT_PERMISSIONS)
    _keep_for(guild, review, [admins.id, moderators.id, *bot.role_ids])
    return world


def _keep_for(guild: Guild, channel: Channel, roles: list[int]) -> None:
    """Only these roles see the channel."""
    seen = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES
    channel.overwrites[guild.id] = Overwrite(guild.id, ROLE_OVERWRITE, deny=Permission.VIEW_CHANNEL)
    channel.overwrites |= {role: Overwrite(role, ROLE_OVERWRITE, allow=seen) for role in roles}
