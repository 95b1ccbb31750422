"""Who asks about a job."""

from __future__ import annotations

from cogs.ports import Board, Interaction
from klapper.services.desk import Viewer


def viewer_in_guild(interaction: Interaction, guild_id: int) -> Viewer:
    """The member in this channel, with what Discord says that they may do here."""
    allowed = interaction.permissions
    return Viewer(guild_id, interaction.user.id, allowed.moderate_members or allowed.manage_guild)


async def viewer_of_job(interaction: Interaction, job_id: str, board: Board) -> Viewer:
    """Who pressed a button of a job's card, which may be in a guild or in the requester's direct messages.

    In a direct message there is no guild; the job's own is taken, and nobody is a moderator there.
    """
    if interaction.guild_id is not None:
        return viewer_in_guild(interaction, interaction.guild_id)
    view = await board.view(job_id)
    return Viewer(0 if view is None else view.job.guild_id, interaction.user.id)
