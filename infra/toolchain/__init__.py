"""What Hotline needs from outside, fetched on first use into a cache: Python packages, Asterisk, nginx, Node.

Only the standard library is imported here: part of it runs before there are any packages.
"""
