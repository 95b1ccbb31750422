"""Charts: what they show as plain numbers and labels, and the process that draws them.

docs/adr/0027-charts-are-drawn-beside-the-bot.md
"""
