"""The parts of the sandbox, put together once per server."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.discord.answers import AnswerDesk
from sandbox.discord.board import MessageBoard
from sandbox.discord.commands import CommandRegistry
from sandbox.discord.faults import FaultList
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import InteractionDesk
from sandbox.discord.rate_limits import RateLimits
from sandbox.discord.threads import Threads
from sandbox.discord.world import World


@dataclass(frozen=True, slots=True)
class Services:
    """What routes and the control interface work with."""

    world: World
    gateway: Gateway
    board: MessageBoard
    desk: InteractionDesk
    answers: AnswerDesk
    commands: CommandRegistry
    faults: FaultList
    rate_limits: RateLimits
    threads: Threads

    @classmethod
    def over(cls, world: World) -> Services:
        gateway = Gateway(world)
        threads = Threads(world, gateway)
        board = MessageBoard(world, gateway, threads)
        desk = InteractionDesk(world)
        return cls(
            world=world,
            gateway=gateway,
            board=board,
            desk=desk,
            answers=AnswerDesk(world, board, desk, threads),
            commands=CommandRegistry(world.application.id, world.snowflakes, world.journal),
            faults=FaultList(),
            rate_limits=RateLimits(),
            threads=threads,
        )
