"""What arrives over a link: checked, acted upon once, answered on the tick."""
