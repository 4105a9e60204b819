"""The pages. A route reads the request, calls one thing and answers."""
