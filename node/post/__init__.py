"""The post: one cell to every member at every beat, noise where there is nothing to say."""
