"""The demo: a short story in the terminal, told with the real bot and the sandbox's servers."""

from sandbox.demo.playing import play

__all__ = ["play"]
