"""Notices → receivers, durably: the ledger, who may write it, the channels, the inbox."""
