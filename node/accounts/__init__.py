"""People who sign in here: accounts, what each may do, and sessions."""
