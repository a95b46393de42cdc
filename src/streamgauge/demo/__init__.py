"""`streamgauge demo`: all of it on one machine, with traffic and an incident."""
