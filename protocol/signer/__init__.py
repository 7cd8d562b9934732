"""The signers' tool, `whoelse-directory`: the one room of `protocol` besides `verify` with I/O.

Nothing imports it. It runs on a signer's machine, never at a hub.
"""
