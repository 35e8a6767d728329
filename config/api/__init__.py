"""How all of the API answers: errors, caching, what its schema says of both."""
