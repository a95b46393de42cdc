"""Dead letters: look at what was refused, and send it again."""
