"""Webhooks as Plain sends them: kept, signed, tried again for five days."""
