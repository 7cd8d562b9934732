"""Passwords that cost a test nothing to check."""

from dataclasses import replace

from argon2.profiles import RFC_9106_LOW_MEMORY

CHEAP = replace(RFC_9106_LOW_MEMORY, time_cost=1, memory_cost=8, parallelism=1)
