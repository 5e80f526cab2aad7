"""What is composed from the components: the pipelines, their configuration and the command line."""
