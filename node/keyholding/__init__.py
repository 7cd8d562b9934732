"""Our share of the key: the ceremony that makes it, allowances, evaluations."""
