"""Files that belong to tickets."""
