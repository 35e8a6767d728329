"""What people get from each other, where they agreed to it: one list for a group, and what people
of like taste made of an item. Nothing here names anybody who did not agree to be named."""
