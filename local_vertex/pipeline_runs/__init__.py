"""Pipeline jobs: runs of a submitted pipeline in a process of their own."""
