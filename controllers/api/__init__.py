"""The JSON API, version 1, as `views/api/openapi.json` describes it."""
