"""Attacks that worked against an earlier draft: a file for each, by its name.

Each is a program in which the attacker does the best that he can; what is asserted is what he gets.
Rounds after a hit alone, lying keyholders, faked answers and sweeps are tried against real
processes too, with the properties that they are about (P5, P9, P11, P13 in `tests/properties`).
*A hit that is slower than a miss during an import or on a full disk* is in `tests/durability`.
"""
