"""Static files as browsers get them: few, small, and named by what is in them."""
