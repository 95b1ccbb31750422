"""What /moderate says."""

from __future__ import annotations

MODERATE = "What members may make on this server"
QUEUE = "Requests that wait for a decision, oldest first"
