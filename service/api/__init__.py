"""The HTTP API: the application over HTTP, described by OpenAPI, its errors as RFC 9457 problem details."""
