"""Requests of every protocol, plain and odd, that no translation may turn into something that a provider refuses."""
