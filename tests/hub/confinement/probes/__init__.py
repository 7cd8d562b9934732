"""Attempts, each made in a process of its own, first free and then confined as a hub is.

`python -m tests.hub.confinement.probes free|confined FOLDER` makes them all and prints, a line
each, the name and how it ended: `done`, the name of an error, or of the signal that it died of.
"""
