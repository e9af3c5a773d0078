"""Adapters of the ports of retrieval; only bootstrap picks one."""
