"""The vault: pictures of papers, covered, encrypted and kept as long as they are needed."""

# Here, so that only the child that draws loads the libraries of pictures, which take 20 MB.
MOST_PAGES = 10
LONGEST_SIDE = 2400
"""Pixels: text on an identity paper that fills the picture stays readable."""
