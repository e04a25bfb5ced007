"""The business system of the example company: orders, deliveries, warranties; a database with an HTTP API.

No part of Hotline: it stands for what a company has already, and is asked like that.
"""
