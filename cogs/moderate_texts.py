"""What /moderate says."""

from __future__ import annotations

MODERATE = "What members may make on this server"
QUEUE = "Requests that wait for a decision, oldest first"
IMAGES = "The images that this server blocks, newest first"
TAKEDOWN = "Take a finished clip down: its messages and its file go, and its requester is told why"
TAKEDOWN_OPTIONS = {
    "job": "Its id, as its card shows it",
    "reason": "Why; its requester reads it",
    "refund": "Give back what it cost; no unless you say so",
    "strike": "Let it weigh against the member; no unless you say so",
}
