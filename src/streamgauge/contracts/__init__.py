"""What travels: one msgspec Struct an event, one list of topics, one codec."""
