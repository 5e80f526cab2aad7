"""How good an answer is: scores per row, and figures of a whole test set. `catalogue.py` lists them all."""
