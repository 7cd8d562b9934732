"""The pages, a file for each thing that somebody comes for."""
