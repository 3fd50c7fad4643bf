"""The bundled newsroom: invented outlets on loopback, receivers, and what must be delivered."""
