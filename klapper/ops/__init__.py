"""What the operator sees from outside: health, metrics and logs."""
