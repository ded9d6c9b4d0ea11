"""Google Cloud on this machine, and what starts and stops it.

It imports nothing of Quizboard and is not deployed.
"""
