"""What may be saved as a trigger, and what is made of its calls."""
