"""Who calls: records, numbers, levels."""
