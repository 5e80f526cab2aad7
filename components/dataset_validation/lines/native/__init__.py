"""The reader of plain lines, in C: an extension module that is built where there is a compiler."""
