"""The nouns of news monitoring and the ports between rooms.

Standard library only: every room may import this one, and this one imports none of them.
"""
