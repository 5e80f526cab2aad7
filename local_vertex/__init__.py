"""Local Vertex: an HTTP stand-in of the parts of Vertex AI and Cloud Storage that tuning pipelines use."""
