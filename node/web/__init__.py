"""Pages for the people of one council, in the browser."""
