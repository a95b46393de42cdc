"""What people read about a group of alerts: pure, and every text of a stranger stays text."""
