"""From measures to people: rules, alert states, notifier."""
