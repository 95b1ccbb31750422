"""Discord, outbound: what messages say and how they get there. Implements the port `klapper.services.messenger`."""
