"""A slice of Google's discovery documents: the routes, query parameters and schemas that local Vertex checks."""
