"""Fakes, clients and process control shared by the functional and chaos tests."""
