"""The checks that need a whole file or several of them."""
