"""The Gen AI evaluation service: scores of single answers."""
