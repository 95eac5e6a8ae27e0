"""Make the pictures of the documentation: `make pictures`.

A copy of the project is run a few times; a browser then looks at what the runs left.
"""
