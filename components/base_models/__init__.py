"""What is known of the base models that can be tuned."""
