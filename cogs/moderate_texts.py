"""What /moderate says about itself."""

from __future__ import annotations

MODERATE = "What may be made on this server"
