"""The hub: carries sealed, signed rounds between members and keeps nothing."""
