"""The one place that talks to hubs: the directory, links and rounds."""
