"""How people and tools speak to the notifier: Alertmanager's API, and acknowledgements."""
