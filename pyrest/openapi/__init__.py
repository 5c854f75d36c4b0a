"""The document that describes an API (OpenAPI 3.1), made from the declarations that run it. There is no Flask in it; `web/` serves it."""
