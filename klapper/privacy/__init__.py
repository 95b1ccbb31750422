"""What is kept about a member: read for them, and taken away for them."""
