"""Kills local Vertex again and again while clients write to it, and looks at what is left."""
