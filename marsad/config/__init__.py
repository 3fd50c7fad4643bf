"""The configuration: read, validated, placed, and turned into nouns."""

from marsad.config.load import Config, Receiver, config_file, load, load_settings

__all__ = ["Config", "Receiver", "config_file", "load", "load_settings"]
