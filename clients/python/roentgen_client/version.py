"""The client's version, also what it calls itself to servers."""

__version__ = "0.1.0"
