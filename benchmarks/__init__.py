"""What Klapper costs and how fast it is, measured: each module prints its section of RESULTS.md."""
