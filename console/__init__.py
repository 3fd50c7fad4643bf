"""The HTTP server side: what machines ask (health, metrics) and the pages behind links in alerts.

Uses the ports of `news` only. Only home of aiohttp's server.
"""
