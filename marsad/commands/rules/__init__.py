"""`marsad rules`: what makes a story interesting."""

from marsad.commands.rules.chosen import chosen_rules, chosen_tagger
from marsad.commands.rules.explaining import explain
from marsad.commands.rules.listing import list_
from marsad.commands.rules.training import train
from marsad.commands.rules.trying import test

__all__ = ["chosen_rules", "chosen_tagger", "explain", "list_", "test", "train"]
