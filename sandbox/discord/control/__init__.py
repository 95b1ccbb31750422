"""The control interface under /sandbox: members' acts, changes of the world, reading what happened."""
