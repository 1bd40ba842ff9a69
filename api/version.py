"""The program's version, as people see it."""

VERSION = "0.1.0"
