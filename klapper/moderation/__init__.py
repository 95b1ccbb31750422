"""What may be made: decided before credits are held, written down before anything is sent."""
