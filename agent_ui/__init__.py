"""The web: HTTP API, event socket, sign-in; `web/` is the Vue application."""
